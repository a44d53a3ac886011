import { call, dataOf, type RawReply } from './raw-client.fixture.ts'
import { PASSWORD } from './server.fixture.ts'

export const JSON_TYPE = { 'content-type': 'application/json' }
const LOGIN = '//api2/json/access/ticket' // as the real client writes it

export interface Login {
  readonly ticket: string
  readonly CSRFPreventionToken: string
  readonly username: string
}

export function postLogin(port: number, body: object): Promise<RawReply> {
  return call(port, LOGIN, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) })
}

export async function logIn(port: number, username = 'root@pam', password = PASSWORD): Promise<Login> {
  return dataOf(await postLogin(port, { username, password })) as Login
}

export function cookie({ ticket }: Pick<Login, 'ticket'>): Record<string, string> {
  return { cookie: `PBSAuthCookie=${ticket}` }
}
