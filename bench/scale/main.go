// Scale measures what a million apps cost: how long a page takes that lies a million apps deep in a list
// against one a thousand deep, for every order and filter of apps and of audit events, in both
// directions and on both stores; and how long the program takes to be ready with such a store, and how
// much memory it then has.
//
//	make bench-scale
//
// It fills the stores itself, the embedded one in the folder -data and, with -mongodb, the database
// gatehouse_scale_million there. Both are kept, and a second run uses what it finds if it was filled to
// the end. The pages are asked of package admin, which is what answers a list below GraphQL: HTTP and
// GraphQL cost the same at any depth, and would make the ratios look better than they are.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// options are what the command line says.
type options struct {
	apps    int
	events  bool
	data    string
	mongodb string
	program string
	// store is the only one that is measured, unless it is empty.
	store string
	// document is the file that the block named scale is written into, with the plot beside it.
	document string
	only     string
	// conditions is how many conditions a filter has at most to be measured.
	conditions int
	seed       bool
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	var o options
	flags := flag.NewFlagSet("scale", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.apps, "apps", 1_000_000, "how many apps")
	flags.BoolVar(&o.events, "events", true, "an audit event for each app as well")
	flags.StringVar(&o.data, "data", filepath.Join(os.TempDir(), "gatehouse-scale"), "folder of the embedded store, kept between runs")
	flags.StringVar(&o.mongodb, "mongodb", "", "URI of a MongoDB-compatible server; none leaves it out")
	flags.StringVar(&o.program, "program", "", "the program whose start is measured; none leaves that out")
	flags.StringVar(&o.document, "document", "", "the document with the block that is written; none prints only")
	flags.StringVar(&o.store, "store", "", "measure only SQLite or only MongoDB")
	flags.StringVar(&o.only, "only", "", "measure only lists whose name contains this")
	flags.IntVar(&o.conditions, "conditions", 5, "measure filters with so many conditions at most")
	flags.BoolVar(&o.seed, "seed-only", false, "fill the stores and measure nothing")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if o.apps < 1 || strings.TrimSpace(o.data) == "" || flags.NArg() > 0 {
		fmt.Fprintln(stderr, "scale: -apps is at least 1, -data names a folder, and there are no arguments")
		return 2
	}
	if o.store != "" && o.store != "SQLite" && o.store != "MongoDB" {
		fmt.Fprintln(stderr, "scale: -store is SQLite or MongoDB")
		return 2
	}
	if err := measure(ctx, o, stdout); err != nil {
		fmt.Fprintln(stderr, "scale:", err)
		return 1
	}
	return 0
}
