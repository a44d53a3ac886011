import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { cookie, JSON_TYPE, type Login, logIn, postLogin } from './testing/login-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { dataOf } from './testing/raw-client.fixture.ts'
import { PASSWORD, ROOT_TOKEN, SECRET, T0, testToken, testUser } from './testing/server.fixture.ts'

test('row 4: a ticket is a cookie, and with it every method but GET needs the CSRF token', async () => {
  const server = await openServer()
  const login = await logIn(server.port)
  expect(login.ticket).toMatch(/^PBS:root@pam:665EF860::[A-Za-z0-9+/]+$/)
  expect(login.CSRFPreventionToken).toMatch(/^665EF860:[A-Za-z0-9+/]+$/)
  const namespace = (headers: Record<string, string>, name: string) =>
    server.call('admin/datastore/tank/namespace', {
      method: 'POST',
      headers: { ...cookie(login), ...JSON_TYPE, ...headers },
      body: JSON.stringify({ name }),
    })
  expect((await server.call('version', { headers: cookie(login) })).status).toBe(200)
  expect((await namespace({}, 'a')).status).toBe(401)
  expect((await namespace({ csrfpreventiontoken: `665EF860:${'A'.repeat(43)}` }, 'a')).status).toBe(401)
  expect(server.clock.delays).toEqual([3000, 3000])
  expect((await namespace({ CSRFPreventionToken: login.CSRFPreventionToken }, 'a')).status).toBe(200)
  // The other name of the cookie wins, and percent-encoding is undone.
  const both = `PBSAuthCookie=wrong; __Host-PBSAuthCookie=${encodeURIComponent(login.ticket)}`
  expect((await server.call('version', { headers: { cookie: both } })).status).toBe(200)
})

test('row 4: forged, expired and future tickets are refused with the cookie cleared', async () => {
  const server = await openServer()
  const login = await logIn(server.port)
  const version = (headers: Record<string, string>) => server.call('version', { headers })
  const forged = `${login.ticket.slice(0, -4)}AAAA`
  const reply = await version(cookie({ ticket: forged }))
  expect([reply.status, reply.headers['content-type']]).toEqual([401, 'application/json;charset=UTF-8'])
  expect(String(reply.headers['set-cookie'])).toMatch(/^PBSAuthCookie=;/)
  expect((await version(cookie({ ticket: login.ticket.replace('root@pam', 'anna@pbs') }))).status).toBe(401)
  expect((await version({})).status).toBe(401)
  server.clock.time += 7200_000
  expect((await version(cookie(login))).status).toBe(200)
  server.clock.time += 1000
  expect((await version(cookie(login))).status).toBe(401)
  server.clock.time = (T0 - 300) * 1000
  expect((await version(cookie(login))).status).toBe(200)
  server.clock.time -= 1000
  expect((await version(cookie(login))).status).toBe(401)
})

test('row 5: a ticket is renewed by logging in with it', async () => {
  const server = await openServer()
  const first = await logIn(server.port)
  server.clock.time += 3600_000
  const second = await logIn(server.port, 'root@pam', first.ticket)
  expect(second.ticket).not.toBe(first.ticket)
  server.clock.time += 3700_000
  expect((await server.call('version', { headers: cookie(second) })).status).toBe(200)
  expect((await postLogin(server.port, { username: 'root@pam', password: first.ticket })).status).toBe(401)
})

test('row 6: API tokens come with a space or an equals sign', async () => {
  const server = await openServer()
  const secret = encodeURIComponent(SECRET)
  for (const separator of [' ', '=']) {
    const headers = { authorization: `PBSAPIToken${separator}${ROOT_TOKEN}:${secret}` }
    expect((await server.call('version', { headers })).status).toBe(200)
  }
  for (const wrong of [
    `PBSAPIToken ${ROOT_TOKEN}=${secret}`,
    `PBSAPIToken ${ROOT_TOKEN}:no`,
    'PBSAPIToken root@pam:x',
  ]) {
    expect((await server.call('version', { headers: { authorization: wrong } })).status).toBe(401)
  }
  // Whoever has a token needs no CSRF token.
  const created = await server.call('admin/datastore/tank/namespace?name=a', { method: 'POST' })
  expect(dataOf(created)).toBe('a')
})

test('row 7: a second factor follows the password', async () => {
  const totpSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' // of RFC 6238: "12345678901234567890"
  const access = { users: [await testUser('anna@pbs', { totpSecret })] }
  const server = await openServer({ access })
  const code = (seconds: number) => {
    const counter = Buffer.alloc(8)
    counter.writeUInt32BE(Math.floor(seconds / 30), 4)
    const mac = createHmac('sha1', '12345678901234567890').update(counter).digest()
    const at = (mac[19] ?? 0) & 15
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
  }
  const challenge = await logIn(server.port, 'anna@pbs')
  expect(decodeURIComponent(challenge.ticket)).toMatch(/^PBS:!tfa!\{"totp":true\}:/)
  expect((await server.call('version', { headers: cookie(challenge) })).status).toBe(401)
  const answer = (password: string, username = 'anna@pbs') =>
    postLogin(server.port, { username, password, 'tfa-challenge': challenge.ticket })
  expect((await answer('totp:000000')).status).toBe(401)
  expect((await answer(`totp:${code(T0)}`, 'root@pam')).status).toBe(401)
  const login = dataOf(await answer(`totp:${code(T0)}`)) as Login
  expect((await server.call('version', { headers: cookie(login) })).status).toBe(200)
  expect((await answer(`totp:${code(T0)}`)).status).toBe(401) // each code once
})

test('who fails ten times is locked out, also with the right password, until ten quiet minutes have passed', async () => {
  const server = await openServer()
  for (let attempt = 0; attempt < 10; attempt++) {
    expect((await postLogin(server.port, { username: 'root@pam', password: 'guess' })).status).toBe(401)
  }
  expect(server.clock.delays).toEqual(Array.from({ length: 10 }, () => 3000))
  expect((await postLogin(server.port, { username: 'root@pam', password: PASSWORD })).status).toBe(401)
  expect((await server.call('version')).status).toBe(200) // a token is another name
  server.clock.time += 600_000
  await logIn(server.port)
  expect((await postLogin(server.port, { username: 'nobody@pam', password: 'x' })).status).toBe(401)
  expect((await postLogin(server.port, { username: 'no user id', password: 'x' })).status).toBe(401)
})

test('disabled and expired users and tokens do not get in', async () => {
  const server = await openServer({
    access: {
      users: [
        await testUser('off@pbs', { isEnabled: false }),
        await testUser('old@pbs', { expiresAt: T0 }),
        await testUser('now@pbs', { expiresAt: T0 + 1 }),
      ],
      tokens: [await testToken('off@pbs!t'), await testToken('now@pbs!t', { expiresAt: T0 - 1 })],
    },
  })
  for (const username of ['off@pbs', 'old@pbs']) {
    expect((await postLogin(server.port, { username, password: PASSWORD })).status).toBe(401)
  }
  const login = await logIn(server.port, 'now@pbs')
  for (const as of ['off@pbs!t', 'now@pbs!t']) expect((await server.call('version', { as })).status).toBe(401)
  server.clock.time += 1000
  expect((await server.call('version', { headers: cookie(login) })).status).toBe(401)
})

test('a ticket that only a browser sees comes as a cookie', async () => {
  const server = await openServer()
  const reply = await postLogin(server.port, { username: 'root@pam', password: PASSWORD, 'http-only': true })
  const data = dataOf(reply) as Record<string, string>
  expect(data['ticket-info']).toBe('PBS:root@pam:665EF860::ticketinfo')
  expect(data.ticket).toBeUndefined()
  const set = String(reply.headers['set-cookie'])
  expect(set).toMatch(/^__Host-PBSAuthCookie=[^;]+; Secure; SameSite=Lax; HttpOnly; Path=\/;$/)
  const version = await server.call('version', { headers: { cookie: set.split(';')[0] ?? '' } })
  expect(dataOf(version)).toMatchObject({ version: '4.2' })
})
