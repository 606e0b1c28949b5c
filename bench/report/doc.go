// Package report writes what benchmarks have measured into a document: tables of targets, plots, and
// the machine and versions that the figures belong to.
//
// A document names the places that are written, each between two comments that readers of the
// rendered page do not see, and everything around them is prose that nobody generates:
//
//	<!-- targets: written by make bench -->
//	<!-- end of targets -->
//
// So a measurement replaces its own block and leaves those of others as they are, and a block that has
// no place in the document is an error, not a page that silently keeps old figures.
package report
