package main

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forwardedFor is the header in which each proxy adds the address that it was called from, on the
// right.
const forwardedFor = "X-Forwarded-For"

// parseNetworks reads a list of networks, each as CIDR or as one address. The error lists every
// problem.
func parseNetworks(texts []string) ([]netip.Prefix, error) {
	networks, problems := make([]netip.Prefix, 0, len(texts)), []string{}
	for _, text := range texts {
		network, err := parseNetwork(strings.TrimSpace(text))
		if err != nil {
			problems = append(problems, fmt.Sprintf("%q", text))
			continue
		}
		networks = append(networks, network)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s: neither an address such as 10.0.0.1 nor a network such as 10.0.0.0/8", strings.Join(problems, ", "))
	}
	return networks, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		address = address.Unmap()
		return address.WithZone("").Prefix(address.BitLen())
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return network.Masked(), nil
}

// clientAddress tells where a request came from: from its peer, unless that is one of the trusted
// proxies; then from the rightmost address of X-Forwarded-For that is none of them, because what
// stands to the left of that was written by whoever has that address, and may be anything. Where all of
// them are trusted it is the leftmost. The address is invalid when the peer has none.
func clientAddress(trusted []netip.Prefix) func(*http.Request) netip.Addr {
	isTrusted := func(address netip.Addr) bool {
		for _, network := range trusted {
			if network.Contains(address) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) netip.Addr {
		peer, ok := addressOf(r.RemoteAddr)
		if !ok || !isTrusted(peer) {
			return peer
		}
		return forwardedBy(peer, r, isTrusted)
	}
}

// forwardedBy is where a request came from that a trusted proxy passed on.
func forwardedBy(peer netip.Addr, r *http.Request, isTrusted func(netip.Addr) bool) netip.Addr {
	address := peer
	hops := strings.Split(strings.Join(r.Header.Values(forwardedFor), ","), ",")
	for _, hop := range slices.Backward(hops) {
		before, ok := addressOf(strings.TrimSpace(hop))
		if !ok { // whoever wrote this, it names nobody; the proxy that passed it on is known
			return address
		}
		if address = before; !isTrusted(address) {
			return address
		}
	}
	return address
}

// addressOf reads an address with or without a port.
func addressOf(text string) (netip.Addr, bool) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		return netip.Addr{}, false
	}
	return address.Unmap().WithZone(""), true
}
