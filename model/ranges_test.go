package model_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"     //nolint:depguard // the test compares the rules with the schema
	"github.com/vektah/gqlparser/v2/ast" //nolint:depguard // the test compares the rules with the schema

	"gatehouse/model"
)

// setNumber says how a number reaches the model: with the field of the input type set to n, what
// does the rule say?
func setNumber(t *testing.T, inputType, field string, n int) error {
	t.Helper()
	for _, method := range []struct{ inputType, name, rest string }{
		{"EmailLoginInput", "email", ""},
		{"EmailOtpLoginInput", "emailOtp", ""},
		{"SmsLoginInput", "sms", ""},
		{"PasswordLoginInput", "password", ""},
		{"TotpLoginInput", "totp", ""},
	} {
		if method.inputType == inputType {
			var p model.LoginPreferences
			p.Apply(loginInput(t, fmt.Sprintf(`{%q: {%q: %d}}`, method.name, field, n)))
			return onlyAt(t, p.Validate(), "authMethods."+method.name+"."+field)
		}
	}
	switch inputType {
	case "CreateManagementApplicationInput":
		return onlyAt(t, newApplication(t, fmt.Sprintf(`{"name": "N", %q: %d}`, field, n)).Validate(), field)
	case "UpdateManagementApplicationInput":
		app := newApplication(t, `{"name": "N"}`)
		if err := app.Apply(updateInput(t, fmt.Sprintf(`{%q: %d}`, field, n)), now()); err != nil {
			t.Fatal(err)
		}
		return onlyAt(t, app.Validate(), field)
	}
	t.Fatalf("no rule is known for the numbers of %s: add it above", inputType)
	return nil
}

// onlyAt is err, which must be about the number at path and nothing else.
func onlyAt(t *testing.T, err error, path string) error {
	t.Helper()
	if got := broken(t, err); err != nil && got != path+" OUT_OF_RANGE" {
		t.Fatalf("%s: got %q", path, got)
	}
	return err
}

// The bounds stand in the descriptions of the schema for readers, and in the rules for the program.
// This test reads the former and tries the latter, so that the two cannot drift apart.
func TestNumbersKeepTheRangesThatTheSchemaDescribes(t *testing.T) {
	source, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(source)})
	if err != nil {
		t.Fatal(err)
	}
	bounds := regexp.MustCompile(`^(\d+) (to|or) (\d+)\b`)
	numbers := 0
	for name, definition := range schema.Types {
		if definition.Kind != ast.InputObject || strings.HasPrefix(name, "__") {
			continue
		}
		for _, field := range definition.Fields {
			if field.Type.Name() != "Int" {
				continue
			}
			numbers++
			t.Run(name+"."+field.Name, func(t *testing.T) {
				match := bounds.FindStringSubmatch(field.Description)
				if match == nil {
					t.Fatalf("the description %q does not begin with a range", field.Description)
				}
				least, _ := strconv.Atoi(match[1])
				most, _ := strconv.Atoi(match[3])
				allowed := []int{least, least + 1, most - 1, most}
				if match[2] == "or" {
					allowed = []int{least, most}
				}
				for _, n := range []int{-1 << 31, least - 1, least, least + 1, most - 1, most, most + 1, 1<<31 - 1} {
					err := setNumber(t, name, field.Name, n)
					if want := slices.Contains(allowed, n); (err == nil) != want {
						t.Errorf("%d: allowed is %t, want %t", n, err == nil, want)
					}
				}
				if d := field.DefaultValue; d != nil {
					n, err := strconv.Atoi(d.Raw)
					if err != nil || setNumber(t, name, field.Name, n) != nil {
						t.Errorf("the default %s is not allowed", d.Raw)
					}
				}
			})
		}
	}
	if numbers < 25 {
		t.Errorf("the schema has only %d numbers in its inputs: the walk is broken", numbers)
	}
}
