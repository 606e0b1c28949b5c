package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gatehouse/admin"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
)

// place is one of the two stores.
type place struct {
	name string
	// writers fill it at once, with so many documents in a batch. What a batch writes, SQLite sorts into
	// the pages of its indexes, which are the fewer for each document the larger the batch is.
	writers, batch int
	open           func(ctx context.Context) (store.Backend, error)
}

// places are the stores that the options ask for.
func places(o options) ([]place, error) {
	folder := filepath.Join(o.data, strconv.Itoa(o.apps))
	list := []place{{name: "SQLite", writers: 1, batch: 25_000, open: func(ctx context.Context) (store.Backend, error) {
		return sqlite.Open(ctx, filepath.Join(folder, "gatehouse.db"))
	}}}
	if o.mongodb == "" {
		return list, nil
	}
	uri, err := url.Parse(o.mongodb)
	if err != nil {
		return nil, fmt.Errorf("-mongodb: %w", err)
	}
	uri.Path = "/gatehouse_scale_million"
	if o.apps != 1_000_000 {
		uri.Path = "/gatehouse_scale_" + strconv.Itoa(o.apps)
	}
	query := uri.Query()
	query.Set("timeoutMS", "60000") // for a server that sorts a million documents on a busy machine
	uri.RawQuery = query.Encode()
	return append(list, place{name: "MongoDB", writers: 3, batch: 5000, open: func(ctx context.Context) (store.Backend, error) {
		return mongodb.Open(ctx, uri.String())
	}}), nil
}

// findings are what was measured of one store.
type findings struct {
	store string
	took  seeded
	// sorts says that the server does not walk an index in order.
	sorts bool
	lists []comparison
	// depth is the plot; unbounded, where the server sorts, a page near the front and one near the end
	// with one bound only.
	depth, unbounded []depthPoint
}

// measure fills each store and measures it, one after the other.
func measure(ctx context.Context, o options, stdout io.Writer) error {
	log := func(format string, args ...any) { fmt.Fprintf(stdout, format, args...) }
	stores, err := places(o)
	if err != nil {
		return err
	}
	people := populate(o.apps)
	var found []findings
	for _, at := range stores {
		if o.store != "" && o.store != at.name {
			continue
		}
		f, err := at.measure(ctx, o, people, log)
		if err != nil {
			return fmt.Errorf("%s: %w", at.name, err)
		}
		found = append(found, f)
	}
	var started *starts
	if o.program != "" && !o.seed {
		if started, err = measureStarts(ctx, o, log); err != nil {
			return fmt.Errorf("start: %w", err)
		}
	}
	if o.seed || o.document == "" {
		return nil
	}
	return write(ctx, o, found, started)
}

// measure fills one store and measures its lists.
func (at place) measure(ctx context.Context, o options, people *population, log func(string, ...any)) (f findings, err error) {
	f.store = at.name
	backend, err := at.open(ctx)
	if err != nil {
		return f, err
	}
	s, err := store.Open(ctx, backend, store.Options{})
	if err != nil {
		return f, errors.Join(err, backend.Close())
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	log("== %s\n", at.name)
	if f.took, err = (seeding{store: s, people: people, writers: at.writers, batch: at.batch, events: o.events}).seed(ctx, log); err != nil || o.seed {
		return f, err
	}
	log("filled in %s with apps, in %s with events\n", f.took.apps.Round(time.Second), f.took.events.Round(time.Second))
	rules := admin.New(s, nil, time.Now, slog.New(slog.DiscardHandler)) // lists open no secrets
	lists := people.appLists(rules)
	if o.events {
		lists = append(lists, people.eventLists(rules)...)
	}
	ctx = caller(ctx)
	plan, err := s.Apps.Explain(ctx, admin.DefaultTenantID, store.Query{Limit: pageSize})
	if err != nil {
		return f, err
	}
	if f.sorts = plan.Sorts; f.sorts {
		log("the server sorts what it finds: the pages have two bounds, %d elements apart\n", window)
	}
	for _, l := range lists {
		if !strings.Contains(l.name(), o.only) || l.conditions > o.conditions || deepest(l) < shallow+pageSize {
			continue
		}
		for _, backward := range []bool{false, true} {
			c, err := people.compare(ctx, l, backward, f.sorts)
			if err != nil {
				return f, err
			}
			f.lists = append(f.lists, c)
			log("%-8s %-64s %-12s %8d %9s %9s %6.2f\n", at.name, l.name(), c.direction(), c.depth, round(c.short), round(c.deep), c.ratio())
		}
	}
	if o.only != "" {
		return f, nil
	}
	if f.depth, err = people.byDepth(ctx, lists[0], f.sorts, log, depths(lists[0])...); err == nil && f.sorts {
		f.unbounded, err = people.byDepth(ctx, lists[0], false, log, shallow, deepest(lists[0]))
	}
	return f, err
}

// round leaves three digits of a time or so.
func round(d time.Duration) time.Duration {
	return d.Round(max(time.Microsecond, time.Duration(math.Pow10(int(math.Log10(float64(d)+1))-2))))
}
