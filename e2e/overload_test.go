package e2e_test

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/model"
)

// tooMany checks that an answer says when to come again.
func (a answer) tooMany(t *testing.T, what string, least, most int) {
	t.Helper()
	after, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status != http.StatusTooManyRequests || a.text(t, "errors.0.extensions.code") != "TOO_MANY_REQUESTS" || err != nil || after < least || after > most {
		t.Errorf("%s was answered %d %s, Retry-After %q; want 429 and %d to %d seconds", what, a.status, a.body, a.header.Get("Retry-After"), least, most)
	}
}

// TestRateLimit spends what callers may spend: what operations cost, and something for what is none.
func TestRateLimit(t *testing.T) {
	d := onSQLite(t)
	p := d.start(t, "GATEHOUSE_RATE_LIMIT=1", "GATEHOUSE_RATE_BURST=500")
	oneKey, _ := mustCreateKey(t, p, "a", nil, model.PermissionUsersRead)
	otherKey, _ := mustCreateKey(t, p, "b", nil, model.PermissionUsersRead)
	costly := func() request {
		// 10 for the page, 1 for each node and each of its ten fields, 50 times.
		return request{body: requestBody(t, `{ users(first: 50) { nodes { `+"a: id b: id c: id d: id e: id f: id g: id h: id i: id j: id"+` } } }`, ""), header: map[string]string{"GraphQL-Cost": "1"}}
	}
	a, b := p.with(oneKey), p.with(otherKey)
	first := a.send(t, costly())
	cost, ok := first.at(t, "extensions.cost.cost").(float64)
	if first.status != http.StatusOK || !ok || cost < 550 || cost > 650 {
		t.Fatalf("the first one was answered %d %s", first.status, first.body)
	}
	// It cost more than there was, so there is a debt to be paid.
	debt := int(cost) - 500
	a.send(t, costly()).tooMany(t, "the second one", debt-10, debt+1)
	a.ask(t, `{ viewer { tenantId } }`, "").tooMany(t, "a small one", debt-10, debt+1)
	a.ask(t, `{ nope }`, "").tooMany(t, "one that is none", debt-10, debt+1)
	// Another caller is not concerned. What is refused for what it is costs as well.
	for i := range 10 {
		if refused := b.ask(t, fmt.Sprintf(`{ nope%d }`, i), ""); refused.status != http.StatusOK || refused.text(t, "errors.0.extensions.code") != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("document %d was answered %d %s", i, refused.status, refused.body)
		}
	}
	b.ask(t, `{ viewer { tenantId } }`, "").tooMany(t, "after ten that are none", 1, 2)
}

// TestNoRateLimit: nobody is limited who was not told so.
func TestNoRateLimit(t *testing.T) {
	p := onSQLite(t).start(t)
	for range 20 {
		if a := p.ask(t, `{ apps(first: 500) { nodes { id name revision createdAt updatedAt isActive redirectUri } } }`, ""); a.status != http.StatusOK {
			t.Fatalf("answered %d %s", a.status, a.body)
		}
	}
}

// TestFloodOfBadKeys sends more bad keys than one address may: they are refused unseen, and do not keep
// out who was let in from there before.
func TestFloodOfBadKeys(t *testing.T) {
	p := onSQLite(t).start(t)
	viewer := `{ viewer { tenantId } }`
	if a := p.ask(t, viewer, ""); a.status != http.StatusOK {
		t.Fatalf("answered %d %s", a.status, a.body)
	}
	const atOnce, perSecond = 1000, 100
	start, looked, slowed := time.Now(), 0, 0
	for i := 0; slowed < 100 && time.Since(start) < patience; i++ {
		a := p.with(fmt.Sprintf("gk_%040d", i)).ask(t, viewer, "")
		if a.status == http.StatusUnauthorized {
			looked++
			continue
		}
		slowed++
		a.tooMany(t, fmt.Sprintf("bad key %d", i), 1, 1)
	}
	if most := atOnce + int(perSecond*time.Since(start).Seconds()) + 1; slowed == 0 || looked < atOnce || looked > most {
		t.Errorf("%d bad keys were looked up and %d not; want %d to %d looked up", looked, slowed, atOnce, most)
	}
	if a := p.ask(t, viewer, ""); a.status != http.StatusOK {
		t.Errorf("the good key was answered %d %s", a.status, a.body)
	}
	// Without a credential there is nothing to look up.
	if a := p.send(t, request{body: requestBody(t, viewer, ""), header: map[string]string{"Authorization": ""}}); a.status != http.StatusUnauthorized {
		t.Errorf("no key was answered %d %s", a.status, a.body)
	}
}

// TestOverload finds out what a server can do, offers it ten times as much, and looks at what it does
// then: as much as before, as fast as its bounds say, in bounded memory; all else it refuses with the
// time after which to come again. Afterwards nothing is left of it.
func TestOverload(t *testing.T) {
	const (
		maxWait = 500 * time.Millisecond
		// margin is for machines that have other things to do.
		margin = 20
	)
	p := onSQLite(t).start(t, "GATEHOUSE_LOG_LEVEL=warn", "GATEHOUSE_MAX_WAIT="+maxWait.String())
	seedApps(t, p, 200)
	l := newLoad(t, p, `{ apps(first: 200) { nodes { id name redirectUri isActive createdAt user { username } } } }`, 8)

	l.closed(t.Context(), 1, 300*time.Millisecond)
	alone := l.closed(t.Context(), 1, time.Second)
	full := l.closed(t.Context(), 8, 2*time.Second)
	t.Logf("one client: %s", alone)
	before := p.memory(t)
	t.Logf("eight clients, its capacity: %s; %d MiB", full, before>>20)
	over := l.open(t.Context(), 10*max(alone.perSecond(), full.perSecond()), 400, 5*time.Second)
	memory := p.memory(t)
	t.Logf("ten times that: %s; %d MiB", over, memory>>20)
	for what, o := range map[string]*results{"one client": alone, "capacity": full, "overload": over} {
		if len(o.served) == 0 {
			t.Fatalf("%s: nothing was served", what)
		}
		if len(o.unexpected) > 0 {
			t.Errorf("%s: %d ended as they should not, such as %s", what, len(o.unexpected), o.unexpected[0])
		}
	}
	if over.refused < len(over.served) {
		t.Errorf("under ten times the load %d were served and only %d refused", len(over.served), over.refused)
	}
	if over.perSecond() < full.perSecond()/margin {
		t.Errorf("under ten times the load %.1f a second were served, %.1f before", over.perSecond(), full.perSecond())
	}
	if most := maxWait + margin*full.quantile(0.99); over.quantile(0.99) > most {
		t.Errorf("under ten times the load 99 %% of what was served came within %s, want %s", over.quantile(0.99), most)
	}
	if memory > 2*before+100<<20 { // by what was measured: what is there for the race detector differs
		t.Errorf("the program took %d MiB, and %d MiB when it did as much as it can", memory>>20, before>>20)
	}
	// It is as if nothing had been.
	again := l.closed(t.Context(), 1, time.Second)
	t.Logf("one client, afterwards: %s", again)
	if again.refused > 0 || len(again.unexpected) > 0 || again.quantile(0.5) > margin*alone.quantile(0.5) {
		t.Errorf("afterwards: %s; %v", again, again.unexpected)
	}
	l.client.CloseIdleConnections()
	until(t, "few files and connections are open", func() bool { return p.files(t) <= 50 })
}

// TestFloodOfConnections opens far more connections than there may be and says nothing on them: the
// server keeps as many as it may, and whoever has something to say is heard.
func TestFloodOfConnections(t *testing.T) {
	const most, flood = 100, 500
	p := onSQLite(t).start(t, "GATEHOUSE_MAX_CONNECTIONS="+strconv.Itoa(most))
	before := p.files(t)
	// Each of these requests has a connection of its own: one that was idle may be the one to make room.
	fresh := &load{base: p.base, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, keys: []string{p.key}, body: []byte(`{"query": "{ viewer { tenantId } }"}`)}
	silent := make([]net.Conn, 0, flood)
	defer func() {
		for _, connection := range silent {
			closing(t, connection)
		}
	}()
	for i := range flood {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, connection)
		if i%50 == 49 {
			if status, _, err := fresh.one(t.Context(), i); err != nil || status != http.StatusOK {
				t.Errorf("behind %d silent connections: %d %v", i+1, status, err)
			}
		}
	}
	until(t, "no more connections are open than there may be", func() bool { return p.files(t) <= before+most })
}
