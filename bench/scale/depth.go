package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
)

const (
	pageSize = 50
	// shallow is the depth that others are compared with.
	shallow = 1000
	// samples is how often a page at each depth is timed, as long as that takes no longer than patience.
	samples  = 31
	patience = 700 * time.Millisecond
	// hopeless is the ratio that no disturbance makes.
	hopeless = 4
	// ratioTarget is how many times the shallow page a deep one may take.
	ratioTarget = 1.3
)

// window is how many elements lie between the two bounds of a page, where a server sorts what it finds:
// with one bound it would sort all that lies beyond, and a page near the front would take the longer the
// longer the list is.
const window = 1000

// spot is a page of a list: so many elements before it, or behind it where it is asked for backward.
type spot struct {
	args model.PageArgs
	want []string
}

// at is the page of a list with depth elements before it, or behind it if backward. If windowed, it is
// asked for with both bounds.
func (p *population) at(l list, depth int, backward, windowed bool) (spot, error) {
	size := int32(pageSize)
	from, edge, beyond := depth, depth-1, depth+window
	if backward {
		from, edge, beyond = len(l.members)-depth-pageSize, len(l.members)-depth, len(l.members)-depth-1-window
	}
	var s spot
	for _, i := range l.members[from : from+pageSize] {
		s.want = append(s.want, l.id(&p.apps[i]))
	}
	if backward {
		s.args.Last = &size
	} else {
		s.args.First = &size
	}
	if depth == 0 {
		return s, nil
	}
	bound := func(i int) (*string, error) {
		cursor, err := l.cursor(&p.apps[l.members[i]])
		return &cursor, err
	}
	near, far := &s.args.After, &s.args.Before
	if backward {
		near, far = far, near
	}
	var err error
	if *near, err = bound(edge); err == nil && windowed {
		*far, err = bound(beyond)
	}
	return s, err
}

// timed asks for a page, and fails if it is not the one.
func (s spot) timed(ctx context.Context, l list) (time.Duration, error) {
	started := time.Now()
	ids, err := l.page(ctx, s.args)
	took := time.Since(started)
	if err == nil && !slices.Equal(ids, s.want) {
		err = fmt.Errorf("%s: the page is another: it begins with %.1v and not with %.1v", l.name(), ids, s.want)
	}
	return took, err
}

// comparison is a list at two depths.
type comparison struct {
	list        list
	backward    bool
	depth       int
	short, deep time.Duration
}

func (c comparison) ratio() float64 { return float64(c.deep) / float64(c.short) }

func (c comparison) direction() string {
	if c.backward {
		return "last/before"
	}
	return "first/after"
}

// compare times a list at the depth 1,000 and as deep as it goes, in turns, and takes the medians. What
// looks too slow is timed again: on a machine that others use, one disturbance is no finding.
func (p *population) compare(ctx context.Context, l list, backward, windowed bool) (c comparison, err error) {
	depth := deepest(l)
	near, err := p.at(l, shallow, backward, windowed)
	if err != nil {
		return c, err
	}
	far, err := p.at(l, depth, backward, windowed)
	if err != nil {
		return c, err
	}
	for range 3 {
		c = comparison{list: l, backward: backward, depth: depth}
		times, err := inTurns(ctx, l, near, far)
		if err != nil {
			return c, err
		}
		c.short, c.deep = median(times[0]), median(times[1])
		if c.ratio() <= ratioTarget || c.ratio() > hopeless {
			break
		}
	}
	return c, nil
}

// deepest is the depth near the end of a list at which a page has as much behind it as it is asked for.
func deepest(l list) int { return len(l.members) - window - 1 }

// inTurns times pages of a list one after the other, again and again; the first time is not counted.
func inTurns(ctx context.Context, l list, spots ...spot) ([][]time.Duration, error) {
	times := make([][]time.Duration, len(spots))
	started := time.Now()
	for n := range samples + 1 {
		for i, s := range spots {
			took, err := s.timed(ctx, l)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				times[i] = append(times[i], took)
			}
		}
		if n >= 3 && time.Since(started) > patience {
			break
		}
	}
	return times, nil
}

func median(times []time.Duration) time.Duration {
	times = slices.Sorted(slices.Values(times))
	return times[len(times)/2]
}

// caller is who asks for the pages.
func caller(ctx context.Context) context.Context {
	return auth.With(ctx, &auth.Principal{TenantID: admin.DefaultTenantID, Actor: administrator(0), Permissions: model.AllPermission})
}

// depthPoint is how long a page takes at a depth, forward.
type depthPoint struct {
	depth int
	took  time.Duration
}

// depths are those of the plot: powers of ten, and the end of the list.
func depths(l list) []int {
	var list []int
	for depth := 10; depth < deepest(l); depth *= 10 {
		list = append(list, depth)
	}
	return append(list, deepest(l))
}

// byDepth times pages of a list, forward.
func (p *population) byDepth(ctx context.Context, l list, windowed bool, log func(string, ...any), depths ...int) ([]depthPoint, error) {
	var points []depthPoint
	var spots []spot
	for _, depth := range depths {
		s, err := p.at(l, depth, false, windowed)
		if err != nil {
			return nil, err
		}
		points, spots = append(points, depthPoint{depth: depth}), append(spots, s)
	}
	times, err := inTurns(ctx, l, spots...)
	for i := range times {
		points[i].took = median(times[i])
		log("%s at depth %d: %s\n", l.name(), points[i].depth, round(points[i].took))
	}
	return points, err
}
