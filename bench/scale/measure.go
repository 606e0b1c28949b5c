package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
)

// place is one of the two stores.
type place struct {
	name    string
	writers int
	open    func(ctx context.Context) (store.Backend, error)
}

// places are the stores that the options ask for.
func places(o options) ([]place, error) {
	folder := filepath.Join(o.data, strconv.Itoa(o.apps))
	list := []place{{name: "SQLite", writers: 1, open: func(ctx context.Context) (store.Backend, error) {
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
	return append(list, place{name: "MongoDB", writers: 3, open: func(ctx context.Context) (store.Backend, error) {
		return mongodb.Open(ctx, uri.String())
	}}), nil
}

// measure fills each store and measures it, one after the other.
func measure(ctx context.Context, o options, stdout io.Writer) error {
	log := func(format string, args ...any) { fmt.Fprintf(stdout, format, args...) }
	stores, err := places(o)
	if err != nil {
		return err
	}
	people := populate(o.apps)
	for _, at := range stores {
		if err := at.measure(ctx, o, people, log); err != nil {
			return fmt.Errorf("%s: %w", at.name, err)
		}
	}
	return nil
}

func (at place) measure(ctx context.Context, o options, people *population, log func(string, ...any)) (err error) {
	backend, err := at.open(ctx)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, backend, store.Options{})
	if err != nil {
		return errors.Join(err, backend.Close())
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	log("== %s\n", at.name)
	took, err := seeding{store: s, people: people, writers: at.writers, events: o.events}.seed(ctx, log)
	if err != nil {
		return err
	}
	log("apps took %s, events %s\n", took.apps.Round(time.Second), took.events.Round(time.Second))
	return nil
}
