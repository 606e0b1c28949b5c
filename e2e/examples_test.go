package e2e_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// example is one tab of the playground.
type example struct {
	operation, query string
	variables        map[string]any
}

// filling is one rule of fills.json: what of an answer the page puts into the variables of which tab.
type filling struct {
	From, Path, Into, Variable, NullUnless string
	KeepFilled                             bool
}

// TestExamplesOfThePlayground runs the playground's examples in the order of its tabs, filling in
// variables as the page does.
func TestExamplesOfThePlayground(t *testing.T) {
	examples := loadExamples(t)
	wanted := map[string][]string{
		"CreateUser": {`"username":"steve","isActive":true`},
		"CreateApp":  {`"name":"my-app","redirectUri":"http://example.com","isActive":true,"revision":1,"user":{"username":"steve"}`},
		"ToggleApp":  {`"status":"DEACTIVATED"`, `"name":"my-app","isActive":false`},
		"ListApps":   {`"name":"my-app","isActive":false,"user":{"username":"steve"}`, `"totalCount":1`},
		"CreateManagementApplication": {
			`"name":"back-office","defaultClient":{"id":"`, `"email":{"isActive":true,"expiresIn":10}`,
			`"totp":{"isActive":true,"digits":6,"period":30,"issuer":"My Company"},"google":null`, `"clientSecret":{"id":"`,
		},
		"RotateClientSecret": {`"expiresAt":null`, `"client":{"name":"web","secrets":[{"id":`, `"lastUsedAt":null},{"id":`},
		"UpdateLoginPreferences": {
			`"email":{"isActive":true,"expiresIn":5}`, `"password":{"isActive":true,"passwordMinLength":12,"requireMFA":true}`,
			`"totp":{"isActive":true,"issuer":"My Company"},"sms":null`,
		},
		"ToggleLoginMethod": {`"status":"DEACTIVATED"`, `"totp":{"isActive":false,"digits":6,"period":30,"issuer":"My Company"}`},
		"Viewer":            {`"type":"ADMIN_KEY"`, `"APPS_CREATE"`},
	}
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		tabs := map[string]*example{}
		for _, e := range examples {
			e.variables = cloneOf(e.variables)
			tabs[e.operation] = &e
		}
		for _, e := range examples {
			variables, err := json.Marshal(tabs[e.operation].variables)
			if err != nil {
				t.Fatal(err)
			}
			a := p.ask(t, e.query, string(variables))
			if strings.Contains(a.body, `"errors"`) {
				t.Errorf("%s with %s was answered %s", e.operation, variables, a.body)
			}
			if wanted[e.operation] == nil {
				t.Errorf("the test does not know what %s should answer", e.operation)
			}
			for _, text := range wanted[e.operation] {
				if !strings.Contains(a.body, text) {
					t.Errorf("%s: the answer lacks %s: %s", e.operation, text, a.body)
				}
			}
			for _, f := range loadFillings(t) {
				if f.From == e.operation {
					f.fill(t, a, tabs[f.Into].variables)
				}
			}
		}
	})
}

func cloneOf(variables map[string]any) map[string]any {
	clone := map[string]any{}
	for name, value := range variables {
		clone[name] = value
	}
	return clone
}

// fill does what the page does with an answer; a variable that may be filled already is kept.
func (f filling) fill(t *testing.T, a answer, variables map[string]any) {
	t.Helper()
	if f.KeepFilled {
		return
	}
	value := a.at(t, "data."+f.Path)
	if f.NullUnless != "" && a.at(t, "data."+f.NullUnless) != true {
		value = nil
	}
	variables[f.Variable] = value
}

func loadFillings(t *testing.T) []filling {
	t.Helper()
	text, err := os.ReadFile("../playground/examples/fills.json")
	if err != nil {
		t.Fatal(err)
	}
	var fillings []filling
	if err := json.Unmarshal(text, &fillings); err != nil {
		t.Fatal(err)
	}
	return fillings
}

func loadExamples(t *testing.T) []example {
	t.Helper()
	files, err := filepath.Glob("../playground/examples/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no examples: %v", err)
	}
	slices.Sort(files)
	examples := make([]example, len(files))
	for i, file := range files {
		query, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := regexp.MustCompile(`(?m)^(?:query|mutation) (\w+)`).FindSubmatch(query)
		if name == nil {
			t.Fatalf("%s has no named operation", file)
		}
		examples[i] = example{operation: string(name[1]), query: string(query), variables: map[string]any{}}
		text, err := os.ReadFile(strings.TrimSuffix(file, ".graphql") + ".json")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &examples[i].variables); err != nil {
			t.Fatal(err)
		}
	}
	return examples
}
