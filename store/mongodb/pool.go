package mongodb

import (
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"

	"gatehouse/store"
)

// pool counts the connections of a client. The driver has one pool for each server that it knows, and
// tells what happens in them; it has no call that would tell how they are.
type pool struct {
	mu sync.Mutex
	// max is the bound of each open pool, by the address of its server.
	max         map[string]uint64
	open, inUse int
	taken       int64
	waited      time.Duration
}

// Pools tells of the connections to all servers together.
func (b *Backend) Pools() []store.PoolStats { return []store.PoolStats{b.pool.stats()} }

func (p *pool) stats() store.PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := store.PoolStats{
		Name: "mongodb", InUse: p.inUse, Idle: max(0, p.open-p.inUse), Waits: p.taken, WaitSeconds: p.waited.Seconds(),
	}
	for _, bound := range p.max {
		s.Max += int(bound)
	}
	return s
}

func (p *pool) monitor() *event.PoolMonitor { return &event.PoolMonitor{Event: p.note} }

func (p *pool) note(e *event.PoolEvent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Type {
	case event.ConnectionPoolCreated:
		if e.PoolOptions != nil {
			if p.max == nil {
				p.max = map[string]uint64{}
			}
			p.max[e.Address] = e.PoolOptions.MaxPoolSize
		}
	case event.ConnectionPoolClosed:
		delete(p.max, e.Address)
	case event.ConnectionCreated:
		p.open++
	case event.ConnectionClosed:
		p.open--
	case event.ConnectionCheckedOut:
		p.inUse++
		p.taken++
		p.waited += e.Duration
	case event.ConnectionCheckedIn:
		p.inUse--
	case event.ConnectionCheckOutFailed:
		p.taken++
		p.waited += e.Duration
	}
}
