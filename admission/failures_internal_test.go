package admission

import (
	"net/netip"
	"strconv"
	"testing"
	"time"
)

// TestFailuresAreBounded: however many addresses and clients fail or authenticate, no more than so many
// are remembered, and those who authenticated are not pushed out by those who failed.
func TestFailuresAreBounded(t *testing.T) {
	t.Parallel()
	const size, atOnce = 10, 20
	s, err := NewFailures(Allowance{PerSecond: 1, Burst: atOnce}, size)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	owner := netip.MustParseAddr("192.0.2.1")
	s.Succeeded(owner, "owner")
	address := netip.MustParseAddr("10.0.0.0")
	for i := range 100 * size {
		address = address.Next()
		for range atOnce {
			s.Failed(now, address, "client-"+strconv.Itoa(i))
		}
	}
	if a, c, p := s.addresses.buckets.Len(), s.clients.buckets.Len(), s.pairs.buckets.Len(); a != size || c != size || p != 1 {
		t.Errorf("%d addresses, %d clients and %d pairs are remembered, want %d, %d and 1", a, c, p, size, size)
	}
	last := "client-" + strconv.Itoa(100*size-1)
	if s.Wait(now, address, "another") == 0 || s.Wait(now, owner, last) == 0 {
		t.Error("the last address and the last client that failed are forgotten")
	}
	if s.Wait(now, owner, "owner") != 0 {
		t.Error("the owner has to wait")
	}
	for range atOnce {
		s.Failed(now, owner, "owner")
	}
	if wait := s.Wait(now, owner, "owner"); wait != time.Second {
		t.Errorf("the owner has to wait %s for its own failures, want 1s", wait)
	}
	if s.Wait(now, owner, "somebody") != 0 {
		t.Error("the owner's failures are charged to its address")
	}
}

func TestNetworkOf(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1/32", "::ffff:192.0.2.1": "192.0.2.1/32",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := networkOf(netip.MustParseAddr(address)).String(); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
	if got := networkOf(netip.Addr{}); got.IsValid() {
		t.Errorf("no address: got %s", got)
	}
}
