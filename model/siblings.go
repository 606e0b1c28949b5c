package model

import "sync"

// Siblings are the elements of one page. What is to be looked up for one of them is looked up for all
// of them at once, by whoever asks first: a page that shows the owner of each app reads the owners
// together. What was found is good for this page alone, and so not older than the page's own answer.
type Siblings[T any] struct {
	elements []*T
	mu       sync.Mutex
	// looks are by what is looked up.
	looks map[string]any
}

// NewSiblings makes siblings of the elements of a page.
func NewSiblings[T any](elements []*T) *Siblings[T] { return &Siblings[T]{elements: elements} }

// Has says whether element is the one at index i.
func (s *Siblings[T]) Has(i int, element *T) bool {
	return i >= 0 && i < len(s.elements) && s.elements[i] == element
}

// Look is what look answers for the element at index i. It is called once for each what, with all
// elements, and answers for each of them in the same order; others who ask meanwhile wait for it. When
// it panics, everybody who asks panics.
func Look[T, R any](s *Siblings[T], i int, what string, look func([]*T) []R) R {
	s.mu.Lock()
	once, ok := s.looks[what].(func() []R)
	if !ok {
		if s.looks == nil {
			s.looks = map[string]any{}
		}
		once = sync.OnceValue(func() []R { return look(s.elements) })
		s.looks[what] = once
	}
	s.mu.Unlock()
	return once()[i]
}
