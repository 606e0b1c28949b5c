package resolvers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const (
	// maxErrors is how many errors are found in a document before the search ends: each takes time, and
	// a place in the answer.
	maxErrors = 50
	// maxSuggested is the longest name or value, in bytes, of a document that gets suggestions. Looking
	// for what is similar takes time that grows with the length; names of the schema are shorter.
	maxSuggested = 64
)

// validator checks documents against the schema.
type validator struct {
	schema                  *ast.Schema
	suggesting, unsuggested []core.Rule
}

// newValidator makes a validator. It suggests names that are similar to unknown ones only when told to.
func newValidator(schema *ast.Schema, suggest bool) *validator {
	all := rules.NewDefaultRules()
	suggesting := sorted(all)
	for _, rule := range []struct{ without, with core.Rule }{
		{rules.FieldsOnCorrectTypeRuleWithoutSuggestions, rules.FieldsOnCorrectTypeRule},
		{rules.KnownArgumentNamesRuleWithoutSuggestions, rules.KnownArgumentNamesRule},
		{rules.KnownTypeNamesRuleWithoutSuggestions, rules.KnownTypeNamesRule},
		{rules.ScalarLeafsRuleWithoutSuggestions, rules.ScalarLeafsRule},
		{rules.ValuesOfCorrectTypeRuleWithoutSuggestions, rules.ValuesOfCorrectTypeRule},
	} {
		all.ReplaceRule(rule.with.Name, rule.without.RuleFunc)
	}
	v := &validator{schema: schema, suggesting: suggesting, unsuggested: sorted(all)}
	if !suggest {
		v.suggesting = v.unsuggested
	}
	return v
}

// sorted is a set of rules in the order of their names, so that errors have an order.
func sorted(set *rules.Rules) []core.Rule {
	var list []core.Rule
	for name, rule := range set.GetInner() {
		list = append(list, core.Rule{Name: name, RuleFunc: rule})
	}
	slices.SortFunc(list, func(a, b core.Rule) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// cycles tells what closes circles of fragments.
func (v *validator) cycles(document *ast.QueryDocument) gqlerror.List {
	return v.run(document, []core.Rule{rules.NoFragmentCyclesRule})
}

// check finds what is wrong with a document of this shape, which is within the limits.
func (v *validator) check(document *ast.QueryDocument, s *shape) gqlerror.List {
	if len(document.Operations) == 0 {
		err := gqlerror.Errorf("no operation provided")
		errcode.Set(err, errcode.ValidationFailed)
		return gqlerror.List{err}
	}
	if s.longest > maxSuggested {
		return v.run(document, v.unsuggested)
	}
	return v.run(document, v.suggesting)
}

// enough ends a walk through a document.
type enough struct{}

// run finds up to maxErrors errors. The library's own way finds every one.
func (v *validator) run(document *ast.QueryDocument, list []core.Rule) (errs gqlerror.List) {
	defer func() {
		if panicked := recover(); panicked != nil {
			if _, ours := panicked.(enough); !ours {
				panic(fmt.Sprint("validate: ", panicked))
			}
		}
	}()
	observers := &core.Events{}
	for _, rule := range list {
		rule.RuleFunc(observers, func(options ...core.ErrorOption) {
			err := &gqlerror.Error{Rule: rule.Name}
			for _, option := range options {
				option(err)
			}
			errcode.Set(err, errcode.ValidationFailed)
			if errs = append(errs, err); len(errs) == maxErrors {
				panic(enough{}) // no other way out of the library's walk
			}
		})
	}
	core.Walk(v.schema, document, observers)
	return errs
}
