import { Button } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { KnownJobServer } from '../../../../src-shared/model/known-job-server.ts'
import { t } from '../../../i18n/translate.ts'
import { connectServer } from '../../../ui/job-servers/connect-server.tsx'

interface ServerListProps {
  readonly servers: readonly KnownJobServer[]
  readonly chosen: string | undefined
  readonly reload: () => void
}

/** Job servers of other computers that this one is connected to. */
export function ServerList({ servers, chosen, reload }: ServerListProps) {
  const navigate = useNavigate()
  const connect = () =>
    connectServer(({ id }) => {
      reload()
      void navigate(`/services/${id}`)
    })
  return (
    <section aria-labelledby="elsewhere">
      <h3 id="elsewhere" className="hf-sm hf-2 hf-server-group">
        {t('fleet.elsewhere')}
      </h3>
      <ul className="hf-servers">
        {servers.map(({ id, name, address }) => (
          <li key={id} className="hf-server-row">
            <Link to={`/services/${id}`} className="hf-item hf-server-item" aria-current={id === chosen || undefined}>
              <IconPlugConnected size={16} stroke={1.75} className="hf-3" aria-hidden />
              <span className="hf-grow hf-ell">
                <span className={`hf-ell hf-block ${id === chosen ? 'hf-strong' : 'hf-med'}`}>{name}</span>
                <span className="hf-sm hf-ell hf-block hf-2 hf-mono">{address}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <Button variant="subtle" color="gray" mx="xs" onClick={connect}>
        {t('fleet.connectAnother')}
      </Button>
    </section>
  )
}
