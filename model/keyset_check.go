package model

// KeysetCheck is a value sealed by the keyset that seals all secrets. A process that cannot open it
// has another keyset and must not start. There is one in a store, of no tenant.
type KeysetCheck struct {
	Entity `bson:",inline" audit:"-"`
	// Sealed is what package secret makes for this purpose.
	Sealed []byte `bson:"sealed" audit:"-"`
}
