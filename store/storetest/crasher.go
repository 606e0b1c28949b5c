package storetest

import (
	"errors"
	"sync"
)

// errCrash is what an interrupted store meets.
var errCrash = errors.New("crashed")

// crasher is the Interrupt of a store that will crash. A store that has crashed takes no further step.
type crasher struct {
	mu             sync.Mutex
	armed, crashed bool
	// left is how many steps are still granted.
	left int
	// steps are those that were granted, and the one that was not.
	steps []string
	// look is called before each step that comes while the store is armed.
	look func(step string)
}

// arm crashes the store after some more steps.
func (c *crasher) arm(steps int, look func(step string)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed, c.left, c.look = true, steps, look
}

// result returns the steps so far, and whether the last of them was denied.
func (c *crasher) result() (steps []string, crashed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.steps, c.crashed
}

func (c *crasher) interrupt(step string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.armed:
		return nil
	case c.crashed:
		return errCrash
	}
	c.look(step)
	c.steps = append(c.steps, step)
	if c.left == 0 {
		c.crashed = true
		return errCrash
	}
	c.left--
	return nil
}

// neverCopies is the Interrupt of a store whose relay is dead, so that its events stay in outboxes.
func neverCopies(step string) error {
	if step == "copy" {
		return errCrash
	}
	return nil
}
