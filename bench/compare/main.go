// Program compare measures what GraphQL costs beside the database. It runs the real program, as it is
// shipped and with its default settings, and program plain, which answers the same questions without
// GraphQL, each as a process of its own on a copy of the same data; asks both the same over HTTP; and
// prints the ratio of the two beside each target.
//
//	make bench
//	go run ./bench/compare -only get-app,list-apps -stores sqlite -rounds 6
//
// # How it measures
//
// Before anything is timed, both sides must give the same data for the same question; an answer that
// is an error ends the run. The sides take turns in short rounds, A B B A, so that what else the
// machine does falls on both. A figure is the ratio of the medians, and the range beside it is that
// of the middle half of the ratios of neighbouring rounds: where it is wide, the machine was busy, and
// the figure means little. Absolute figures are those of one machine on one day.
//
// The client is this process, and shares the processors with the server that it asks. So it does as
// little as it can: requests are made in one piece, answers are looked at and not parsed.
//
// Processor time is the server's own, of user and system, from /proc, and so is that of the database
// not in it. Some figures concern the stores alone: how many writers share a sync, and what an audit
// event costs. They are measured in this process, at the store's door.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1) //nolint:gocritic // exitAfterDefer: the signals end with the program
	}
}

// settings are what a run is to measure, and how long.
type settings struct {
	// stores are sqlite, mongodb or both; mongoDB is the URI of the server.
	stores  []string
	mongoDB string
	// only names the measurements; empty for all.
	only []string
	// rounds is how many each side has, and round how long one is.
	rounds      int
	round       time.Duration
	connections int
	// apps is how many apps there are before the page that is listed.
	apps int
	// document, unless empty, is the Markdown file that the figures are written to, beside a folder of
	// the same name for the plots.
	document string
	// program and plain, unless empty, are binaries to use in place of those built here.
	program, plain string
	// pgo is the profile, below the module's folder, that both are optimised by when they are built, or
	// off.
	pgo string
	// profiles, unless empty, is the folder for profiles of the real program, which are then taken and
	// nothing is compared.
	profiles string
	// logs is the folder of the servers' logs.
	logs string
}

// wants says whether a measurement was asked for.
func (s settings) wants(name string) bool {
	return len(s.only) == 0 || slices.ContainsFunc(s.only, func(only string) bool { return strings.HasPrefix(name, only) })
}

func parse(args []string, output io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.SetOutput(output)
	stores := flags.String("stores", "sqlite,mongodb", "which stores, with commas between")
	only := flags.String("only", "", "which measurements, by the beginnings of their names, with commas between: get-app, get-management-application, list-apps, create-app, update-app, toggle-app, allocations, writers, event, tenants, connections, depth, processes")
	flags.StringVar(&s.mongoDB, "mongodb-uri", os.Getenv("TEST_MONGODB_URI"), "a MongoDB-compatible server, on which databases named gatehouse_bench_ are made and dropped")
	flags.IntVar(&s.rounds, "rounds", 10, "how many rounds each side has")
	flags.DurationVar(&s.round, "round", 600*time.Millisecond, "how long a round is")
	flags.IntVar(&s.connections, "connections", 16, "connections at the same time")
	flags.IntVar(&s.apps, "apps", 100_000, "how many apps lie before the page that is listed")
	flags.StringVar(&s.document, "document", "", "Markdown file to write the figures into")
	flags.StringVar(&s.program, "program", "", "binary of Gatehouse, in place of building it")
	flags.StringVar(&s.plain, "plain", "", "binary of bench/plain, in place of building it")
	flags.StringVar(&s.pgo, "pgo", "default.pgo", "profile that both are optimised by when they are built, or off")
	flags.StringVar(&s.profiles, "profiles", "", "take profiles of Gatehouse into this folder, and compare nothing")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	s.stores = strings.Split(*stores, ",")
	for _, name := range s.stores {
		if name != sqliteStore && name != mongoDBStore {
			return s, fmt.Errorf("-stores: %q is neither %s nor %s", name, sqliteStore, mongoDBStore)
		}
	}
	if slices.Contains(s.stores, mongoDBStore) && s.mongoDB == "" {
		return s, errors.New("-mongodb-uri: there is no server to measure on")
	}
	if *only != "" {
		s.only = strings.Split(*only, ",")
	}
	if s.rounds < 1 || s.round <= 0 || s.connections < 1 || s.apps < 1 {
		return s, errors.New("rounds, their length, connections and apps must be more than none")
	}
	return s, nil
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	s, err := parse(args, stdout)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "gatehouse-bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s.logs = folder
	if err := build(ctx, &s, folder); err != nil {
		return err
	}
	began := time.Now()
	say := func(format string, a ...any) {
		fmt.Fprintf(stdout, "%5.0fs  "+format+"\n", append([]any{time.Since(began).Seconds()}, a...)...)
	}
	base, err := seed(ctx, s, filepath.Join(folder, "seed"))
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	say("seeded %d apps", len(base.apps))
	r := &results{}
	for _, name := range s.stores {
		if err := measureStore(ctx, s, name, folder, base, r, say); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if s.profiles != "" {
		return nil
	}
	return r.report(ctx, s, stdout)
}
