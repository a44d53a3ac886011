import { ActionIcon, Badge, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconDeviceDesktop, IconLock, IconLockOpen, IconPlus } from '@tabler/icons-react'
import { Link, NavLink } from 'react-router'
import { t } from '../i18n/translate.ts'
import { runningJobs } from '../state/jobs.ts'
import { useJobs, useShared, useSharedValue } from '../state/use-app.tsx'
import { PlanLink } from './PlanLink.tsx'
import { screens } from './screens.ts'

export function SideBar({ collapsed }: { readonly collapsed: boolean }) {
  const running = useJobs((state) => runningJobs(state.settled.values()).length)
  return (
    <>
      {screens.map(({ path, name, icon: Icon }) => (
        <Tooltip key={path} label={t(name)} position="right" disabled={!collapsed} openDelay={200}>
          <NavLink to={path} end={path === '/'} className="hf-nav" data-collapsed={collapsed || undefined}>
            <Icon size={16} stroke={1.75} aria-hidden />
            {collapsed ? <VisuallyHidden>{t(name)}</VisuallyHidden> : <span>{t(name)}</span>}
            {path === '/activity' && running > 0 && !collapsed && (
              <Badge ml="auto" circle variant="light" color="gray" aria-label={t('shell.runningCount', { n: running })}>
                {running}
              </Badge>
            )}
          </NavLink>
        </Tooltip>
      ))}
      {!collapsed && <PlanLinks />}
      <HostLine collapsed={collapsed} />
    </>
  )
}

function PlanLinks() {
  const plans = useShared('plans')
  return (
    <>
      <div className="hf-side-head">
        <span id="side-plans">{t('common.plans')}</span>
        <ActionIcon component={Link} to="/plans/new" size={24} aria-label={t('shell.newPlan')}>
          <IconPlus size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </div>
      <ul className="hf-side-plans" aria-labelledby="side-plans">
        {plans.state === 'ready' && plans.value.length === 0 && (
          <li className="hf-sm hf-3" style={{ padding: '4px 8px' }}>
            {t('shell.noneYet')}
          </li>
        )}
        {plans.state === 'ready' &&
          plans.value.map((state) => (
            <li key={state.plan.id}>
              <PlanLink state={state} />
            </li>
          ))}
      </ul>
    </>
  )
}

function HostLine({ collapsed }: { readonly collapsed: boolean }) {
  const info = useSharedValue('info')
  if (collapsed || info === undefined) return <div className="hf-host" style={{ marginTop: 'auto' }} />
  const rights = info.privileged ? t('shell.privileged') : t('shell.unprivileged')
  return (
    <div className="hf-host">
      <IconDeviceDesktop size={16} stroke={1.75} aria-hidden />
      <span className="hf-grow hf-ell">{info.computer}</span>
      <Tooltip label={rights}>
        <span role="img" aria-label={rights} style={{ display: 'flex' }}>
          {info.privileged ? <IconLockOpen size={14} aria-hidden /> : <IconLock size={14} aria-hidden />}
        </span>
      </Tooltip>
    </div>
  )
}
