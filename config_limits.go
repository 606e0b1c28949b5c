package main

import (
	"errors"
	"fmt"

	"gatehouse/resolvers"
)

// LimitsConfig is resolvers.Limits as flags; it says there what each of them bounds.
type LimitsConfig struct {
	Bytes          int `default:"65536" placeholder:"N" help:"Bytes of a document. (GATEHOUSE_LIMIT_BYTES)"`
	Tokens         int `default:"2000" placeholder:"N" help:"Tokens of a document. (GATEHOUSE_LIMIT_TOKENS)"`
	Depth          int `default:"20" placeholder:"N" help:"Fields and inline fragments nested in one another. (GATEHOUSE_LIMIT_DEPTH)"`
	InputDepth     int `default:"40" placeholder:"N" help:"Lists and objects nested in one value. (GATEHOUSE_LIMIT_INPUT_DEPTH)"`
	InputValues    int `default:"10000" placeholder:"N" help:"Values in the body of a request. (GATEHOUSE_LIMIT_INPUT_VALUES)"`
	Fields         int `default:"3000" placeholder:"N" help:"Fields of a document with its fragments in their places. (GATEHOUSE_LIMIT_FIELDS)"`
	Aliases        int `default:"50" placeholder:"N" help:"Aliases in a document. (GATEHOUSE_LIMIT_ALIASES)"`
	RepeatedFields int `default:"100" placeholder:"N" help:"Fields of a document that come together with another of the same name. (GATEHOUSE_LIMIT_REPEATED_FIELDS)"`
	Directives     int `default:"50" placeholder:"N" help:"Directives in a document. (GATEHOUSE_LIMIT_DIRECTIVES)"`
	Fragments      int `default:"50" placeholder:"N" help:"Fragments that a document defines. (GATEHOUSE_LIMIT_FRAGMENTS)"`
	Operations     int `default:"10" placeholder:"N" help:"Operations that a document defines. (GATEHOUSE_LIMIT_OPERATIONS)"`
	Cost           int `default:"20000" placeholder:"N" help:"Cost of an operation: its fields, times the sizes of its pages. (GATEHOUSE_LIMIT_COST)"`
}

// check finds limits that would refuse every request.
func (l LimitsConfig) check() error {
	var problems []error
	for _, limit := range []struct {
		variable, flag string
		value          int
	}{
		{"BYTES", "bytes", l.Bytes},
		{"TOKENS", "tokens", l.Tokens},
		{"DEPTH", "depth", l.Depth},
		{"INPUT_DEPTH", "input-depth", l.InputDepth},
		{"INPUT_VALUES", "input-values", l.InputValues},
		{"FIELDS", "fields", l.Fields},
		{"ALIASES", "aliases", l.Aliases},
		{"REPEATED_FIELDS", "repeated-fields", l.RepeatedFields},
		{"DIRECTIVES", "directives", l.Directives},
		{"FRAGMENTS", "fragments", l.Fragments},
		{"OPERATIONS", "operations", l.Operations},
		{"COST", "cost", l.Cost},
	} {
		if limit.value < 1 {
			problems = append(problems, fmt.Errorf("GATEHOUSE_LIMIT_%s (--limit-%s): %d is less than 1", limit.variable, limit.flag, limit.value))
		}
	}
	return errors.Join(problems...)
}

// limits are the limits that the flags set.
func (l LimitsConfig) limits() resolvers.Limits { return resolvers.Limits(l) }
