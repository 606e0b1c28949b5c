package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"
)

// comparison is what an operation has come to.
type comparison struct {
	operation
	store string
	// rate compares requests per second, GraphQL to plain; cost compares processor time per request,
	// in microseconds.
	rate, cost ratio
}

// sides are the two servers of one store.
type sides struct{ graphql, plain *side }

// compare has both sides give the same data, and then takes rounds in turns, A B B A, after one that
// does not count.
func (b sides) compare(ctx context.Context, s settings, op operation) (*comparison, error) {
	if err := b.agree(ctx, op); err != nil {
		return nil, err
	}
	c := &comparison{operation: op}
	var rates, costs [2][]float64
	for round := range s.rounds + 1 {
		for turn := range 2 {
			which := (round + turn) % 2
			length := s.round
			if round == 0 {
				length /= 2 // it does not count
			}
			m, err := []*side{b.graphql, b.plain}[which].load(ctx, op, s.connections, length)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				rates[which] = append(rates[which], m.rate())
				costs[which] = append(costs[which], m.cost())
			}
		}
	}
	c.rate, c.cost = newRatio(rates[0], rates[1]), newRatio(costs[0], costs[1])
	// Ticks of 10 ms are coarse for one round, and add up over all of them.
	c.cost.Of, c.cost.To = mean(costs[0]), mean(costs[1])
	c.cost.Value = c.cost.Of / c.cost.To
	return c, nil
}

// agree fails unless both sides answer the same.
func (b sides) agree(ctx context.Context, op operation) error {
	for range 3 {
		graphql, err := b.graphql.once(ctx, op)
		if err != nil {
			return fmt.Errorf("graphql: %w", err)
		}
		plain, err := b.plain.once(ctx, op)
		if err != nil {
			return fmt.Errorf("plain: %w", err)
		}
		if difference := cmp.Diff(plain, graphql); difference != "" {
			return fmt.Errorf("%s: the sides answer differently (-plain +graphql):\n%s", op.name, difference)
		}
	}
	return nil
}

// measured is what one round has come to.
type measured struct {
	requests       int64
	took, consumed time.Duration
}

// rate is requests per second, cost microseconds of processor time per request.
func (m measured) rate() float64 { return float64(m.requests) / m.took.Seconds() }

func (m measured) cost() float64 { return float64(m.consumed.Microseconds()) / float64(m.requests) }

// load keeps so many connections busy for a while.
func (s *side) load(ctx context.Context, op operation, connections int, length time.Duration) (measured, error) {
	next, err := s.bodies(op)
	if err != nil {
		return measured{}, err
	}
	clients := make([]*client, connections)
	for i := range clients {
		address := s.address
		if n := i % (len(s.others) + 1); n > 0 {
			address = s.others[n-1].address
		}
		if clients[i], err = dial(ctx, address, s.path(op), s.key); err != nil {
			return measured{}, err
		}
		defer clients[i].close() //nolint:revive // defer: as many as there are connections
	}
	before, err := s.processorTime()
	if err != nil {
		return measured{}, err
	}
	var requests atomic.Int64
	failures := make([]error, connections)
	var all sync.WaitGroup
	start := time.Now()
	for i, c := range clients {
		all.Go(func() {
			asked := int64(0)
			for ctx.Err() == nil && time.Since(start) < length {
				c.body = next(c.body)
				if _, err := c.ask(c.body); err != nil {
					failures[i] = fmt.Errorf("%s: %w", op.name, err)
					return
				}
				asked++
			}
			requests.Add(asked)
		})
	}
	all.Wait()
	took := time.Since(start)
	if err := errors.Join(append(failures, ctx.Err())...); err != nil {
		return measured{}, err
	}
	after, err := s.processorTime()
	return measured{requests: requests.Load(), took: took, consumed: after - before}, err
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	return sum / float64(len(values))
}
