import { execFileSync } from 'node:child_process'
import { linkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** Everything a file system of this computer can hold and this account may make. Devices and capabilities need root. */
const script = String.raw`
set -eu
mkdir -p "$1" && cd "$1"
can() { command -v "$1" > /dev/null; }
mkdir plain 'with space' empty private
printf 'hello\n' > plain/hello.txt
: > plain/empty
head -c 3000000 /dev/urandom > plain/random.bin
head -c 9000000 /dev/zero > plain/zeros.bin
ln plain/random.bin 'with space/second name'
ln plain/random.bin third
ln -s hello.txt plain/to-hello
ln -s /nowhere/at/all dangling
ln -s "$(printf 'x%.0s' $(seq 300))" long-target
mkfifo pipe
# Holes before, between and after data; one file is nothing but a hole.
truncate -s 40M sparse
printf data | dd of=sparse bs=1 seek=20000000 conv=notrunc status=none
truncate -s 5M hole
printf x > "$(printf 'name-\377-not-utf8')"
mkdir "$(printf 'folder-\200')" && printf y > "$(printf 'folder-\200/\303\050')"
printf z > "$(printf 'new\nline')"
printf n > 'quote"and\backslash'
printf d > -dash
printf 1 > "$(printf 'n%.0s' $(seq 255))"
chmod 0 plain/empty
chmod 4755 third
chmod 2770 private
chmod 1777 empty
if can setfattr; then
  setfattr -n user.comment -v 'of a file' plain/hello.txt 2> /dev/null &&
    setfattr -n user.empty plain/hello.txt && setfattr -n user.folder -v 0x00ff00 plain || true
fi
if can setfacl; then
  setfacl -m u:1234:rw,g:2345:r,m::rw plain/hello.txt 2> /dev/null && setfacl -m u:7:rwx,d:u:7:rx,d:g:8:--- private || true
fi
if [ "$(id -u)" = 0 ]; then
  mknod block b 7 250
  mknod character c 1 3
  chown 12345:23456 plain/hello.txt
  chown -h 1:2 plain/to-hello
  if can setcap; then printf p > capable; setcap cap_net_raw+ep capable; fi
fi
touch -d '@1600000000.123456789' plain/hello.txt
touch -d '@-86400.5' plain/zeros.bin
touch -d '@4102444800.000000001' plain/empty
touch -h -d '@1500000000.999999999' dangling
touch -d '@1400000000.000000001' pipe
touch -d '@1300000000.123000000' 'with space' empty plain .
`

/** Twenty-two folders of 200 letters one in another: 4,400 bytes of path. Only relative steps get there. */
const deepScript = `
set -eu
mkdir -p "$1" && cd "$1"
name=$(printf 'd%.0s' $(seq 200))
for step in $(seq 22); do mkdir "$name"; cd "./$name"; done
printf 'deep down' > file
touch -d '@1600000000.5' file
`

export async function makeEveryKindTree(root: string): Promise<void> {
  execFileSync('bash', ['-c', script, 'bash', root])
  // A server takes the name it listened on away with it, but no second one.
  const server = createServer()
  const name = join(root, 'listening')
  await new Promise<void>((resolve) => server.listen(name, resolve))
  linkSync(name, join(root, 'socket'))
  await new Promise((resolve) => server.close(resolve))
  execFileSync('touch', ['-d', '@1300000000.123', root])
}

export function makeDeepTree(root: string): void {
  execFileSync('bash', ['-c', deepScript, 'bash', root])
}

/** What rsync would have to change to make `copy` like `original`: contents, links, ACLs, attributes; nothing, as it should be. */
export function differences(original: string, copy: string): string {
  const options = ['-aHAXnc', '--delete', '--itemize-changes']
  return execFileSync('rsync', [...options, `${original}/`, `${copy}/`], { encoding: 'utf8' })
}

/** A digest of everything tar sees: names, kinds, modes, owners, nanoseconds, contents. For paths too long for rsync. */
export function tarDigest(root: string): string {
  const options = '--sort=name --format=posix --pax-option=exthdr.name=x,delete=atime,delete=ctime --numeric-owner'
  return execFileSync('bash', ['-c', `tar -C "$1" ${options} -cf - . | sha256sum`, 'bash', root], { encoding: 'utf8' })
}
