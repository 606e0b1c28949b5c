package admission

import "context"

type contextKey struct{}

// With returns a context in which a request has its place, for Aside.
func With(ctx context.Context, p *Place) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// Aside runs wait, and lets others have the turn of the request that ctx belongs to meanwhile: who waits
// for another request would otherwise keep it from being worked on. Then it waits until it is the
// request's turn again, for as long as ctx lasts, and fails with its error; the turn is lost then. It
// is for the goroutine of the request, and for nobody else. Without a place it just runs wait.
func Aside(ctx context.Context, wait func()) error {
	p, ok := ctx.Value(contextKey{}).(*Place)
	if !ok {
		wait()
		return ctx.Err()
	}
	p.Done()
	wait()
	return p.begin(ctx, true)
}

// Lend runs change, which waits for the database more than it works, and lets others have the turn of
// the request that ctx belongs to meanwhile. Changes that wait together may share what is dear, such as the
// sync of a disk; so how many do should not depend on how many turns there are.
// It returns when it is the request's turn again, or ctx is over. When as many have lent their turns as may,
// or ctx has no place, or the request has no turn, it just runs change.
func Lend(ctx context.Context, change func()) {
	p, ok := ctx.Value(contextKey{}).(*Place)
	if !ok || !p.lend() {
		change()
		return
	}
	defer p.takeBack(ctx) // also when it panics: the request has an answer to write all the same
	change()
}
