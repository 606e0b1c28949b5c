package oauth

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

const (
	// FailuresAtOnce is how many authentications may fail before the next one has to wait.
	FailuresAtOnce = 20
	// FailuresPerSecond is how many may fail from then on.
	FailuresPerSecond = 1
	// maxRemembered bounds how many addresses, clients and pairs of both are remembered, each: a few
	// megabytes in all. The one not seen for longest is forgotten first.
	maxRemembered = 10_000
	// ipv6Network is how many bits of an IPv6 address stand for one customer of a network.
	ipv6Network = 64
)

// slowDown makes guessing slow. Only failures count, so that a client which authenticates may do so
// as often as it likes.
//
// A failure is charged to the address that it came from and to the client that it named, known or not.
// When either has used up what it may, further attempts are refused before anything is looked at.
// That alone would let anybody who knows the ID of a client, which is no secret, lock its owner out. So
// an address from which a client has once authenticated has an account of its own for that client: its
// failures there are charged to nothing else, and failures of strangers do not concern it.
//
// Failures that were under way at the same time are all charged, so an account can be overdrawn, and
// however many attempts are made at once no more than FailuresPerSecond go through in the long run.
//
// All of it is in the memory of one process: n processes let n times as many failures through, and a
// process that starts remembers nothing. Behind a proxy that is not trusted all requests seem to
// come from one address, the proxy's.
type slowDown struct {
	mu        sync.Mutex
	addresses *simplelru.LRU[netip.Prefix, *rate.Limiter]
	clients   *simplelru.LRU[string, *rate.Limiter]
	// pairs has an account for each client at each address from which it has authenticated. Strangers
	// cannot add to it, so they cannot make it forget either.
	pairs *simplelru.LRU[pair, *rate.Limiter]
}

type pair struct {
	address  netip.Prefix
	clientID string
}

func newSlowDown(size int) (*slowDown, error) {
	addresses, err := simplelru.NewLRU[netip.Prefix, *rate.Limiter](size, nil)
	if err != nil {
		return nil, fmt.Errorf("remember addresses: %w", err)
	}
	clients, err := simplelru.NewLRU[string, *rate.Limiter](size, nil)
	if err != nil {
		return nil, fmt.Errorf("remember clients: %w", err)
	}
	pairs, err := simplelru.NewLRU[pair, *rate.Limiter](size, nil)
	if err != nil {
		return nil, fmt.Errorf("remember clients at addresses: %w", err)
	}
	return &slowDown{addresses: addresses, clients: clients, pairs: pairs}, nil
}

// wait is how long an attempt has to wait; 0 when it may be made now. An empty clientID is none.
func (s *slowDown) wait(now time.Time, address netip.Addr, clientID string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	network := networkOf(address)
	if own, known := s.pairs.Get(pair{network, clientID}); known {
		return waitFor(own, now)
	}
	var longest time.Duration
	if account, known := s.addresses.Get(network); known {
		longest = waitFor(account, now)
	}
	if account, known := s.clients.Get(clientID); known {
		longest = max(longest, waitFor(account, now))
	}
	return longest
}

// failed charges an attempt that has failed.
func (s *slowDown) failed(now time.Time, address netip.Addr, clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	network := networkOf(address)
	if own, known := s.pairs.Get(pair{network, clientID}); known {
		own.ReserveN(now, 1)
		return
	}
	charge(s.addresses, network, now)
	if clientID != "" {
		charge(s.clients, clientID, now)
	}
}

// succeeded remembers that a client has authenticated from an address.
func (s *slowDown) succeeded(address netip.Addr, clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := pair{networkOf(address), clientID}
	if _, known := s.pairs.Get(key); !known {
		s.pairs.Add(key, newAccount())
	}
}

func newAccount() *rate.Limiter { return rate.NewLimiter(FailuresPerSecond, FailuresAtOnce) }

// charge takes one from an account, also when it is empty.
func charge[K comparable](accounts *simplelru.LRU[K, *rate.Limiter], key K, now time.Time) {
	account, known := accounts.Get(key)
	if !known {
		account = newAccount()
		accounts.Add(key, account)
	}
	account.ReserveN(now, 1)
}

// waitFor is how long it takes until an account has something in it.
func waitFor(account *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - account.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / FailuresPerSecond * float64(time.Second))
}

// networkOf is the address, or the network of an IPv6 address: whoever has one address there has all.
func networkOf(address netip.Addr) netip.Prefix {
	address = address.Unmap().WithZone("")
	bits := address.BitLen()
	if address.Is6() {
		bits = ipv6Network
	}
	network, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // of an address that is none
	}
	return network
}
