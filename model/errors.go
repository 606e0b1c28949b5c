package model

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code is the kind of an Error, as errors[].extensions.code shows it.
type Code string

// The public kinds of errors.
const (
	BadUserInput    Code = "BAD_USER_INPUT"
	Unauthenticated Code = "UNAUTHENTICATED"
	Forbidden       Code = "FORBIDDEN"
	NotFound        Code = "NOT_FOUND"
	Conflict        Code = "CONFLICT"
	TooCostly       Code = "REQUEST_TOO_COSTLY"
	TooManyRequests Code = "TOO_MANY_REQUESTS"
	Internal        Code = "INTERNAL"
	Unavailable     Code = "UNAVAILABLE"
)

// The public kinds of errors of a mutation that is sent again with its idempotency key.
const (
	// IdempotencyKeyReused: the key was sent with another request before.
	IdempotencyKeyReused Code = "IDEMPOTENCY_KEY_REUSED"
	// InProgress: the mutation is still under way.
	InProgress Code = "IN_PROGRESS"
	// OutcomeUnknown: whether the mutation changed something is unknown, and it is not done again.
	OutcomeUnknown Code = "OUTCOME_UNKNOWN"
	// AnswerNotKept: the mutation is over, but its answer was too long to keep.
	AnswerNotKept Code = "ANSWER_NOT_KEPT"
)

// Status is the HTTP status that says the same (RFC 9110 §15, RFC 6585 §4), as
// errors[].extensions.status shows it.
func (c Code) Status() int {
	switch c {
	case BadUserInput, TooCostly:
		return 400
	case Unauthenticated:
		return 401
	case Forbidden:
		return 403
	case NotFound:
		return 404
	case Conflict, InProgress, OutcomeUnknown, AnswerNotKept:
		return 409
	case IdempotencyKeyReused:
		return 422
	case TooManyRequests:
		return 429
	case Unavailable:
		return 503
	case Internal:
	}
	return 500
}

// Error is an error that callers may see. Message, Violations, Field, CurrentRevision and RetryAfter
// are public; Cause is not.
type Error struct {
	Code    Code
	Message string
	// Violations lists every rule that the input breaks. Only with BadUserInput.
	Violations Violations
	// Field names what is taken already. Only with Conflict.
	Field string
	// CurrentRevision is what expectedRevision should have been. Only with Conflict; 0 otherwise.
	CurrentRevision int32
	// RetryAfter is when the same request may be made again; nothing of it has happened. Only with
	// TooManyRequests and Unavailable; 0 where that is not known.
	RetryAfter time.Duration
	// Cause is for the log alone.
	Cause error
}

// shownViolations is how many violations the text of an error has; a list may break thousands of rules.
const shownViolations = 20

func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(string(e.Code) + ": " + e.Message)
	for i, v := range e.Violations {
		if i == shownViolations {
			fmt.Fprintf(&text, "; and %d more", len(e.Violations)-i)
			break
		}
		fmt.Fprintf(&text, "; %s: %s", v.pathString(), v.Message)
	}
	if e.Cause != nil {
		text.WriteString(": " + e.Cause.Error())
	}
	return text.String()
}

func (e *Error) Unwrap() error { return e.Cause }

// Violation is one broken rule.
type Violation struct {
	// Path leads through the arguments of the field to the value: names and list indexes.
	Path []any `json:"path"`
	// Code is stable, for programs.
	Code string `json:"code"`
	// Message is for people, and reads on from the name of the field.
	Message string `json:"message"`
}

func (v Violation) pathString() string {
	parts := make([]string, len(v.Path))
	for i, p := range v.Path {
		parts[i] = fmt.Sprint(p)
	}
	return strings.Join(parts, ".")
}

// Violations collects broken rules.
type Violations []Violation

// Add records that the value at path breaks the rule called code.
func (v *Violations) Add(code, message string, path ...any) {
	*v = append(*v, Violation{Path: path, Code: code, Message: message})
}

// Merge records what err, from a Validate, reports, with every path below prefix. An error that is
// not about input is returned.
func (v *Violations) Merge(err error, prefix ...any) error {
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) || e.Code != BadUserInput {
		return err
	}
	v.nest(e.Violations, prefix...)
	return nil
}

// And is v together with what err, from a Validate, reports below prefix, as one error; nil when
// both are empty. An error that is not about input is returned as it is.
func (v Violations) And(err error, prefix ...any) error {
	if other := v.Merge(err, prefix...); other != nil {
		return other
	}
	return v.Err()
}

// Err is nil when there are no violations, and otherwise one *Error with all of them.
func (v Violations) Err() error {
	if len(v) == 0 {
		return nil
	}
	message := "The input breaks a rule."
	if len(v) > 1 {
		message = fmt.Sprintf("The input breaks %d rules.", len(v))
	}
	return &Error{Code: BadUserInput, Message: message, Violations: v}
}

// Invalid is the error of one broken rule.
func Invalid(code, message string, path ...any) error {
	var v Violations
	v.Add(code, message, path...)
	return v.Err()
}

// NotFoundError says that there is no such thing, or none that the caller may know of.
func NotFoundError(what string) error {
	return &Error{Code: NotFound, Message: "There is no such " + what + "."}
}
