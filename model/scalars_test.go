package model_test

import (
	"bytes"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/model"
)

// TestTextsAreWrittenAsByGqlgen writes every byte, and what is no UTF-8, as gqlgen would.
func TestTextsAreWrittenAsByGqlgen(t *testing.T) {
	t.Parallel()
	texts := []string{"", "text", "é\u2028\U0001f600<>&", "\xff\xc3", `"\`, "\\\"\n"}
	for c := range 256 {
		texts = append(texts, string(rune(c)), "a"+string([]byte{byte(c)})+"b")
	}
	for _, text := range texts {
		var want bytes.Buffer
		graphql.MarshalString(text).MarshalGQL(&want)
		if got := string(model.AppendString([]byte("before"), text)); got != "before"+want.String() {
			t.Errorf("%q is written %s, by gqlgen %s", text, got, &want)
		}
	}
}

// TestDateTimes reads instants in many forms; what is read can be written and read again.
func TestDateTimes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2019-08-24T14:15:22Z":           "2019-08-24T14:15:22.000Z",
		"2019-08-24T14:15:22.1239Z":      "2019-08-24T14:15:22.123Z",
		"2019-08-24T16:15:22+02:00":      "2019-08-24T14:15:22.000Z",
		"9999-12-31T23:59:59.999Z":       "9999-12-31T23:59:59.999Z",
		"9999-12-31T23:59:59-00:01":      "", // the year 10000 in UTC
		"0000-01-01T00:00:00+00:01":      "", // the year before 0
		"2019-08-24":                     "",
		"2019-08-24T14:15:22":            "",
		"yesterday":                      "",
		"2019-02-30T00:00:00Z":           "",
		"2019-08-24T14:15:22.000Z extra": "",
	} {
		got, err := model.UnmarshalDateTime(text)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is read as %s", text, model.FormatDateTime(got))
		case want != "" && (err != nil || model.FormatDateTime(got) != want):
			t.Errorf("%q is read as %s, not %s: %v", text, model.FormatDateTime(got), want, err)
		}
	}
	if _, err := model.UnmarshalDateTime(5); err == nil {
		t.Error("a number is read")
	}
}

// TestEmails has a row for each form of an address.
func TestEmails(t *testing.T) {
	t.Parallel()
	for email, accepted := range map[string]bool{
		"steve@example.com":           true,
		`"a b"@example.com`:           true,
		`"a\"b"@example.com`:          true,
		"steve":                       false,
		"Steve <steve@example.com>":   false,
		"<steve@example.com>":         false,
		`"S" <steve@example.com>`:     false,
		"a@example.com,b@example.com": false,
		"steve@example.com (Steve)":   false,
	} {
		user := &model.User{Username: "steve", Email: &email}
		user.Normalize()
		if err := user.Validate(); (err == nil) != accepted {
			t.Errorf("%s: %v", email, err)
		}
	}
}
