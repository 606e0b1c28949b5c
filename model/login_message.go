package model

import (
	"fmt"
	"net/mail"
	"strings"
)

// Bounds of messages.
const (
	maxMailboxBytes = 512
	maxSubject      = 255
)

// EmailMessage is how a message to a person looks.
type EmailMessage struct {
	// PrimaryColor is #RGB or #RRGGBB.
	PrimaryColor string `bson:"primaryColor"`
	// From is an RFC 5322 mailbox.
	From    *string `bson:"from,omitempty"`
	Subject *string `bson:"subject,omitempty"`
}

// normalized is a copy in the form that is stored; nil stays nil.
func (m *EmailMessage) normalized() *EmailMessage {
	if m == nil {
		return nil
	}
	return &EmailMessage{PrimaryColor: m.PrimaryColor, From: trimmed(m.From), Subject: trimmed(m.Subject)}
}

func (m *EmailMessage) violations() Violations {
	var v Violations
	if m == nil {
		return v
	}
	if !isColor(m.PrimaryColor) {
		v.Add("INVALID_COLOR", "must be a colour such as #1A73E8 or #FFF", "primaryColor")
	}
	v.mailbox("from", m.From)
	v.text("subject", m.Subject, maxSubject)
	return v
}

// isColor holds for the hexadecimal notation of CSS Color 4 §5.2 without an alpha channel.
func isColor(s string) bool {
	digits, found := strings.CutPrefix(s, "#")
	return found && (len(digits) == 3 || len(digits) == 6) && !strings.ContainsFunc(digits, func(r rune) bool {
		return !isDigit(r) && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
	})
}

// mailbox is the rule of senders: one mailbox of RFC 5322 §3.4, with or without a display name. The
// name may not smuggle a line end in, not even encoded (RFC 2047).
func (v *Violations) mailbox(field string, s *string) {
	if s == nil {
		return
	}
	if len(*s) > maxMailboxBytes {
		v.Add(codeTooLong, fmt.Sprintf("must have at most %d bytes, not %d", maxMailboxBytes, len(*s)), field)
		return
	}
	if !isMailbox(*s) {
		v.Add("INVALID_MAILBOX", "must be one mailbox such as Example <login@example.com>, without line breaks", field)
	}
}

func isMailbox(s string) bool {
	if strings.ContainsFunc(s, breaksLine) {
		return false
	}
	address, err := mail.ParseAddress(s)
	if err != nil || len(address.Address) > maxEmail || strings.ContainsFunc(address.Name+address.Address, breaksLine) {
		return false
	}
	// A name that is no UTF-8 is written in a way that does not read back, and a header has to.
	if again, err := mail.ParseAddress(address.String()); err != nil || again.Address != address.Address {
		return false
	}
	// ParseAddress takes a group of one for a mailbox. A group cannot be in a group (RFC 5322 §3.4).
	members, err := mail.ParseAddressList("group:" + s + ";")
	return err == nil && len(members) == 1
}
