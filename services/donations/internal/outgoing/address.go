// Package outgoing calls addresses that outsiders have named. It reaches public addresses
// only, judged when the connection is made, so that no name can lead it into the fund's own
// network.
package outgoing

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
)

// ErrAddress is the error of a call to an address that is not public.
var ErrAddress = errors.New("the address is not public")

// special are blocks that look global and are not, or that carry another address within
// (RFC 6890 and its successors).
func special() []netip.Prefix {
	texts := []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	}
	blocks := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		blocks[i] = netip.MustParsePrefix(text)
	}
	return blocks
}

// global is where addresses of version 6 are given out that are reached from everywhere.
func global() netip.Prefix { return netip.MustParsePrefix("2000::/3") }

// Public reports whether an address can be reached by everybody, and belongs to no special
// network. An IPv4 address in the form of an IPv6 one is judged as what it is.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	switch {
	case !a.IsValid(), !a.IsGlobalUnicast(), a.IsPrivate(), a.IsLoopback(), a.IsLinkLocalUnicast():
		return false
	case a.Is6() && !global().Contains(a):
		return false
	}
	return !slices.ContainsFunc(special(), func(p netip.Prefix) bool { return p.Contains(a) })
}

// control is for net.Dialer: it sees the address that is about to be dialled, after its
// name was resolved.
func control(loopback bool) func(network, address string, c syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || network != "tcp4" && network != "tcp6" {
			return ErrAddress
		}
		if Public(at.Addr()) || loopback && at.Addr().Unmap().IsLoopback() {
			return nil
		}
		return ErrAddress
	}
}
