/**
 * `f_type` of file systems whose content the kernel makes up (linux/magic.h). They are never entered (spec pbs §9.2):
 * reading them backs up nothing, may never end, and some of them act on being read.
 */
export const virtualFileSystems: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x1cd1, // devpts
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x62656570, // configfs
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0xf97cff8c, // selinuxfs
  0x43415d53, // smackfs
  0x5a3c69f0, // apparmorfs
  0x6165676c, // pstore
  0xde5e81e4, // efivarfs
  0x42494e4d, // binfmt_misc
  0x65735543, // fusectl
  0x19800202, // mqueue
  0x958458f6, // hugetlbfs
  0xcafe4a11, // bpf
  0x6e736673, // nsfs
  0x6e667364, // nfsd
  0x67596969, // rpc_pipefs
  0x6c6f6f70, // binder
  0x07655821, // resctrl
])

export const btrfs = 0x9123683e

/** File systems of this machine that have chattr flags: ext2 to ext4, XFS, Btrfs, F2FS. */
export const flagFileSystems: ReadonlySet<number> = new Set([0xef53, 0x58465342, btrfs, 0xf2f52010])
