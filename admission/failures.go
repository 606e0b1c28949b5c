package admission

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// ipv6Network is how many bits of an IPv6 address stand for one customer of a network.
const ipv6Network = 64

// Failures makes guessing slow, and floods of credentials that nobody has given out cheap. Only
// failures count, so that a client which authenticates may do so as often as it likes.
//
// A failure is charged to the address that it came from and to the client that it named, known or not.
// When either has used up what it may, further attempts are refused before anything is looked at.
// That alone would let anybody who knows the ID of a client, which is no secret, lock its owner out. So
// an address from which a client has once authenticated has an account of its own for that client: its
// failures there are charged to nothing else, and failures of strangers do not concern it.
//
// Failures that were under way at the same time are all charged, so an account can be overdrawn, and
// however many attempts are made at once no more than the allowance go through in the long run.
//
// Behind a proxy that is not trusted all requests seem to come from one address, the proxy's.
type Failures struct {
	mu        sync.Mutex
	addresses *accounts[netip.Prefix]
	clients   *accounts[string]
	// pairs has an account for each client at each address from which it has authenticated. Strangers
	// cannot add to it, so they cannot make it forget either.
	pairs   *accounts[pair]
	refused atomic.Int64
}

type pair struct {
	address  netip.Prefix
	clientID string
}

// NewFailures allows so many failures. remembered bounds how many addresses, clients and pairs of both
// are remembered, each; ten thousand take a few megabytes in all.
func NewFailures(a Allowance, remembered int) (*Failures, error) {
	addresses, err := newAccounts[netip.Prefix](a, remembered)
	if err != nil {
		return nil, err
	}
	clients, err := newAccounts[string](a, remembered)
	if err != nil {
		return nil, err
	}
	pairs, err := newAccounts[pair](a, remembered)
	if err != nil {
		return nil, err
	}
	return &Failures{addresses: addresses, clients: clients, pairs: pairs}, nil
}

// Wait is how long an attempt has to wait; 0 when it may be made now. An empty clientID is none.
func (f *Failures) Wait(now time.Time, address netip.Addr, clientID string) time.Duration {
	wait := f.wait(now, pair{networkOf(address), clientID})
	if wait > 0 {
		f.refused.Add(1)
	}
	return wait
}

func (f *Failures) wait(now time.Time, p pair) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pairs.knows(p) {
		return f.pairs.wait(now, p)
	}
	return max(f.addresses.wait(now, p.address), f.clients.wait(now, p.clientID))
}

// Failed charges an attempt that has failed.
func (f *Failures) Failed(now time.Time, address netip.Addr, clientID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := pair{networkOf(address), clientID}
	if f.pairs.knows(p) {
		f.pairs.charge(now, p, 1)
		return
	}
	f.addresses.charge(now, p.address, 1)
	if clientID != "" {
		f.clients.charge(now, clientID, 1)
	}
}

// Succeeded remembers that a client has authenticated from an address.
func (f *Failures) Succeeded(address netip.Addr, clientID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pairs.open(pair{networkOf(address), clientID})
}

// Refused is how many attempts had to wait so far.
func (f *Failures) Refused() int64 { return f.refused.Load() }

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

// Network names the customer of a network whom an address stands for, as Failures counts them; for
// an address that is none, it is the same name always.
func Network(address netip.Addr) string { return networkOf(address).String() }
