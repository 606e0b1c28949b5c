// Package secret seals what is secret before it reaches a store, and opens it again.
//
// A Keyset is a file with one or more AES-256-GCM keys. One of them, the primary, seals; each of
// them opens. A sealed value is what Tink writes for a key of its TINK variant, and nothing around
// it:
//
//	0x01 │ key ID, 4 bytes │ nonce, 12 bytes │ ciphertext │ tag, 16 bytes
//
// so that a value is 33 bytes longer than its plaintext, and names the key that opens it. The key ID
// is public; the length of the plaintext is not hidden. A key seals 2^32 values at most (NIST SP
// 800-38D §8.3, for random nonces): rotate long before.
//
// # Binding
//
// Each value is sealed together with the place where it belongs: tenant, entity and field. The place
// is authenticated and not stored. Whoever can write to the database can therefore delete a sealed
// value, or put back an older one of the same place, but cannot move one to where he may read it,
// such as from another tenant's client to his own.
//
// # Rotation among several processes
//
// All processes hold a copy of one keyset file. They cannot get a new copy at the same instant, so
// the question at every rotation is who seals with the new key before everybody can open it. The
// answer is that a running process does not watch its file. It reads the file again only when it
// meets a value sealed by a key that it does not know, or when it is told to (Reload). So the file can
// go round without hurry, and the first value sealed by the new key makes every process follow:
//
//	operator      keyset rotate on A     copy to B       keyset reseal
//	                     │                   │                 │
//	file on A     1* ────┴─ 1 2* ──────────────────────────────┼───────────────────
//	file on B     1* ────────────────────────┴─ 1 2* ──────────┼───────────────────
//	                                                           ▼
//	in the store  sealed by 1 ·····························  sealed by 2 ··········
//	                                                           │ unknown key: read the file
//	process on A  seals with 1, opens 1 ───────────────────────┴─ seals 2, opens 1 2
//	process on B  seals with 1, opens 1 ───────────────────────┴─ seals 2, opens 1 2
//
// (* is the primary.) A process on A that starts, or is told to reload, after the rotation but before
// the copy seals with key 2 although B cannot open it yet: there, Open fails with ErrNotSealedHere
// until the copy arrives, and works within a second of its arrival, without a restart. Nothing is lost
// meanwhile. A copy that is caught half written, or that others may read, is refused, and the process
// goes on with the keys that it has. So is a file without the key that the process seals with: that
// is another keyset, or an old backup.
//
// reseal ought to replace the check value (SealCheck) before all others. Processes that open it at
// every readiness check then follow even if they only ever seal, and one whose copy was forgotten
// says so. Rotate removes no key, so a value that reseal has not reached yet, or one in a backup of
// the database, still opens.
//
// # The file
//
// The file is Tink's JSON keyset in the clear, with mode 0600, and a file that others may read is
// refused; a file of root's may be readable for one group. It is in the clear because a server that
// starts unattended would have to keep the key to an encrypted file beside it, which protects
// nothing more. The file protects the database, its backups and its replicas: keep it away from
// those. Where a key management service exists, keep the file encrypted by it, and decrypt it
// before the start into a memory-backed folder that only the server's user may read.
//
// Without the file, the secrets in the database are lost for good, and clients have to be given new
// ones. The operator must back it up, apart from the database, after creating it and after each
// rotation before reseal. A file restored from before a rotation is noticed by the check value,
// provided that each start which finds it not current (IsCurrent) replaces it.
package secret
