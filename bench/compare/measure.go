package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/bench/report"
)

// results is everything that was measured.
type results struct {
	comparisons []*comparison
	// allocations compares what one get allocates, in objects.
	allocations []named
	// writers compares durable creates per second, 16 writers to one; events the time of a change with
	// its event to one without.
	writers, events []named
	// tenants compares a page of a small tenant among many with one of the large one.
	tenants []named
	// processes are gets of an app a second by the number of processes that serve one MongoDB.
	processes []report.Line
	// throughput and latency are lines of the plots.
	throughput, latency []report.Line
}

// depthWindow is how many apps there are between the bounds of a page whose depth is varied.
const depthWindow = 1000

// named is a ratio with the store that it is of, or what else tells it from others.
type named struct {
	name string
	ratio
}

// measureStore measures everything on one store, with a copy of the data for each side.
func measureStore(ctx context.Context, s settings, name, folder string, base *seeded, r *results, say func(string, ...any)) (err error) {
	both, end, err := base.start(ctx, s, name, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	say("%s: both sides are up", name)
	type part func(context.Context, settings, string, *seeded, sides, *results, func(string, ...any)) error
	parts := []part{
		measureOperations, measureAllocations, measureDoor, measureConnections, measureDepth, measureProcesses,
	}
	if s.profiles != "" {
		parts = []part{takeProfiles}
	}
	for _, measure := range parts {
		if err := measure(ctx, s, name, base, both, r, say); err != nil {
			return err
		}
	}
	return nil
}

// start starts both sides, each on a copy of the data. end stops them and removes the copies.
func (base *seeded) start(ctx context.Context, s settings, name, folder string) (both sides, end func() error, err error) {
	var undo []func() error
	end = func() error {
		var failures []error
		for _, do := range slices.Backward(undo) {
			failures = append(failures, do())
		}
		return errors.Join(failures...)
	}
	begin := func(which string, starter func(ctx context.Context, binary, log string, at location) (*process, error), binary string) (*side, error) {
		at, drop, err := base.copyFor(ctx, s, name, which, folder)
		if err != nil {
			return nil, err
		}
		undo = append(undo, func() error { return drop(context.WithoutCancel(ctx)) })
		p, err := starter(ctx, binary, filepath.Join(folder, name+"-"+which+".log"), at)
		if err != nil {
			return nil, err
		}
		undo = append(undo, p.stop)
		return newSide(p, at, base.key), nil
	}
	if both.graphql, err = begin("graphql", startGatehouse, s.program); err == nil {
		both.graphql.graphql = true
		both.plain, err = begin("plain", startPlain, s.plain)
	}
	if err != nil {
		return sides{}, nil, errors.Join(err, end())
	}
	return both, end, nil
}

func measureOperations(ctx context.Context, s settings, name string, base *seeded, both sides, r *results, say func(string, ...any)) error {
	operations, err := base.operations()
	if err != nil {
		return err
	}
	for _, op := range operations {
		if !s.wants(op.name) {
			continue
		}
		c, err := both.compare(ctx, s, op)
		if err != nil {
			return err
		}
		c.store = name
		r.comparisons = append(r.comparisons, c)
		say("%-8s %-28s %6.0f/s, plain %6.0f/s: %-16s  CPU %4.0f µs, plain %4.0f µs: %.2f",
			name, op.name, c.rate.Of, c.rate.To, c.rate.percent(), c.cost.Of, c.cost.To, c.cost.Value)
	}
	return nil
}

// measureAllocations counts the objects that a server allocates for one get, everything in it included:
// net/http, the store and its driver.
func measureAllocations(ctx context.Context, s settings, name string, base *seeded, both sides, r *results, say func(string, ...any)) error {
	if !s.wants("allocations") {
		return nil
	}
	operations, err := base.operations()
	if err != nil {
		return err
	}
	const rounds = 3
	var counts [2][]float64
	for range rounds {
		for i, which := range []*side{both.graphql, both.plain} {
			before, err := which.allocations(ctx)
			if err != nil {
				return err
			}
			m, err := which.load(ctx, operations[0], 1, s.round)
			if err != nil {
				return err
			}
			after, err := which.allocations(ctx)
			if err != nil {
				return err
			}
			counts[i] = append(counts[i], (after-before)/float64(m.requests))
		}
	}
	found := named{name, newRatio(counts[0], counts[1])}
	r.allocations = append(r.allocations, found)
	say("%-8s allocations of a get: %.0f, plain %.0f: %s", name, found.Of, found.To, found.times())
	return nil
}

// measureConnections measures gets of an app with more and more connections.
func measureConnections(ctx context.Context, s settings, name string, base *seeded, both sides, r *results, say func(string, ...any)) error {
	if !s.wants("connections") {
		return nil
	}
	operations, err := base.operations()
	if err != nil {
		return err
	}
	lines := both.lines(name)
	for _, connections := range []int{1, 2, 4, 8, 16, 32, 64} {
		for i, which := range []*side{both.graphql, both.plain} {
			m, err := which.best(ctx, s, operations[0], connections)
			if err != nil {
				return err
			}
			lines[i].Points = append(lines[i].Points, report.Point{X: float64(connections), Y: m.rate()})
		}
	}
	r.throughput = append(r.throughput, lines...)
	say("%-8s throughput against connections:%s", name, describe(lines))
	return nil
}

// measureDepth measures how long a page of 50 apps takes behind more and more others, asked one after
// another.
func measureDepth(ctx context.Context, s settings, name string, base *seeded, both sides, r *results, say func(string, ...any)) error {
	if !s.wants("depth") {
		return nil
	}
	lines := both.lines(name)
	for depth := 1; depth <= s.apps; depth *= 10 {
		op, err := base.page(depth, depth+depthWindow)
		if err != nil {
			return err
		}
		for i, which := range []*side{both.graphql, both.plain} {
			m, err := which.best(ctx, s, op, 1)
			if err != nil {
				return err
			}
			lines[i].Points = append(lines[i].Points, report.Point{X: float64(depth), Y: 1000 / m.rate()})
		}
	}
	r.latency = append(r.latency, lines...)
	say("%-8s milliseconds against depth:%s", name, describe(lines))
	return nil
}

// measureProcesses measures gets of an app with the same connections to more and more processes of the
// real program that share one MongoDB.
func measureProcesses(ctx context.Context, s settings, name string, base *seeded, both sides, r *results, say func(string, ...any)) (err error) {
	if !s.wants("processes") || name != mongoDBStore {
		return nil
	}
	operations, err := base.operations()
	if err != nil {
		return err
	}
	line := report.Line{Name: title(name) + ", GraphQL"}
	all := newSide(both.graphql.process, both.graphql.at, base.key)
	all.graphql = true
	defer func() {
		for _, p := range all.others {
			err = errors.Join(err, p.stop())
		}
	}()
	for n := 1; n <= 4; n++ {
		if n > 1 {
			log := filepath.Join(s.logs, fmt.Sprintf("process-%d.log", n))
			p, err := startGatehouse(ctx, s.program, log, all.at)
			if err != nil {
				return err
			}
			all.others = append(all.others, p)
		}
		m, err := all.best(ctx, s, operations[0], s.connections)
		if err != nil {
			return err
		}
		line.Points = append(line.Points, report.Point{X: float64(n), Y: m.rate()})
	}
	r.processes = append(r.processes, line)
	say("%-8s throughput against processes:%s", name, describe(r.processes))
	return nil
}

// best is the fastest of three rounds, each half as long as the others: what else the machine does only
// ever makes one slower.
func (s *side) best(ctx context.Context, of settings, op operation, connections int) (best measured, err error) {
	for range 3 {
		m, err := s.load(ctx, op, connections, of.round/2)
		if err != nil {
			return best, err
		}
		if best.requests == 0 || m.rate() > best.rate() {
			best = m
		}
	}
	return best, nil
}

// lines are empty lines of a plot, GraphQL's and the plain handler's.
func (sides) lines(name string) []report.Line {
	color := 0
	if name == mongoDBStore {
		color = 1
	}
	return []report.Line{{Name: title(name) + ", GraphQL", Color: color}, {Name: title(name) + ", plain handler", Color: color, Dashed: true}}
}

func describe(lines []report.Line) string {
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "\n        %-24s", line.Name)
		for _, point := range line.Points {
			fmt.Fprintf(&b, " %6.0f: %8.4g", point.X, point.Y)
		}
	}
	return b.String()
}
