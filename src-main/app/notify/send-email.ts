import type { ChannelTarget } from '../../../src-shared/model/channel.ts'
import type { Message } from './message.ts'

const timeoutMs = 20_000

/** One mail over SMTP. Throws what the server said. */
export async function sendEmail(
  target: Extract<ChannelTarget, { kind: 'email' }>,
  secret: string | undefined,
  message: Message,
): Promise<void> {
  const { host, port, security, user, from, to } = target
  // With the first mail: it is a twentieth of all that the program would load to start.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // Files and addresses named in a message are never fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user === undefined ? {} : { auth: { user, pass: secret ?? '' } }),
  })
  try {
    await transport.sendMail({
      from: { name: 'Holdfast', address: from },
      to: [...to],
      subject: `${message.title} (${message.computer})`,
      text: `${message.body}\n\nHoldfast on ${message.computer}, ${new Date(message.at).toISOString()}\n`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  } finally {
    transport.close()
  }
}
