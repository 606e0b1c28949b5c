package store

// PoolStats is the state of one pool of connections to the database.
type PoolStats struct {
	// Name tells the pools of a backend apart: "read" and "write", or "mongodb".
	Name string
	// Max is how many connections there may be; 0 where nothing bounds them. With MongoDB it is the sum
	// over the servers that the client knows.
	Max int
	// InUse and Idle are how many there are.
	InUse, Idle int
	// Waits is how often somebody had to wait for a connection, and WaitSeconds for how long altogether,
	// since the start. With MongoDB they count every connection taken, also those that were free at once.
	Waits       int64
	WaitSeconds float64
}

// Pooled is a backend that tells of its pools.
type Pooled interface{ Pools() []PoolStats }

// OutboxStats tells of the relay that copies audit events out of their documents. It is zero where the
// backend is atomic and needs none.
type OutboxStats struct {
	// Waiting is how many changes wait for the relay of this process.
	Waiting int
	// Deferred is how many changes, since the start, the relay has left to the next recovery, because
	// the database failed or too many were waiting.
	Deferred int64
}

// Outbox tells how the relay of this process is doing. It asks nothing of the database.
func (s *Store) Outbox() OutboxStats {
	if s.relay == nil {
		return OutboxStats{}
	}
	return OutboxStats{Waiting: int(s.relay.waiting.Load()), Deferred: s.relay.deferred.Load()}
}
