// Package admin is what Gatehouse does: one method for each query and mutation of the schema, and
// the rules that span more than one entity.
//
// Every method takes the caller from the context and works in the caller's tenant alone. It takes
// the time and an ID once, builds the new entity from the old one and the input, has model judge it,
// and has store commit it together with its audit event. What it returns is ready to be shown; its
// errors are *model.Error, or faults that only the log may see.
//
// Rules that need a look at a second document cannot be atomic with the write of the first. They are
// checked before the write, and once more after it where somebody may have changed the second
// document in between; what should not have been is then undone. Changes that other documents must
// follow are written with a task and finished by the same code, whether the request goes on to do
// it or Recover finds it after a crash.
package admin
