// Package partner holds the organisations whose websites send donors: what they
// may be called, from where their keys may be used, and where a donor may be
// sent back to.
package partner

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pan"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const (
	maxName      = 100 // characters
	maxAddresses = 20  // origins, and return addresses
	maxAddress   = 500 // bytes
)

// Partner is an organisation whose website sends donors.
type Partner struct {
	ID          string
	DisplayName string
	// Origins are the web origins of the publishable key ("https://example.org").
	Origins []string
	// ReturnURLs are where a donor may go back to; one that ends in "/" stands
	// for everything below it.
	ReturnURLs []string
	CreatedAt  time.Time
	// Version counts its changes, from 1.
	Version int64
	// Stopped says that it may start no pledges, where that was read with it.
	Stopped bool `db:"-"`
}

// New checks what an operator says about a partner and gives it an id.
func New(displayName string, origins, returnURLs []string, now time.Time) (Partner, error) {
	p := Partner{ID: resource.NewID(resource.KindPartner), CreatedAt: now}
	return p.Changed(displayName, origins, returnURLs)
}

// Changed checks what an operator says about a partner that is there; id and time stay.
func (p Partner) Changed(displayName string, origins, returnURLs []string) (Partner, error) {
	p.DisplayName, p.Origins, p.ReturnURLs, p.Version = strings.TrimSpace(displayName), origins, returnURLs, p.Version+1
	if n := utf8.RuneCountInString(p.DisplayName); n == 0 || n > maxName {
		return Partner{}, fault.Field("displayName", fault.FieldWrongLength, "must have 1 to 100 characters")
	}
	if err := pan.Refuse("displayName", p.DisplayName); err != nil {
		return Partner{}, err
	}
	if len(returnURLs) == 0 {
		return Partner{}, fault.Field("returnUrls", fault.FieldRequired, "needs at least one address")
	}
	if err := checkEach("origins", origins, checkOrigin); err != nil {
		return Partner{}, err
	}
	if err := checkEach("returnUrls", returnURLs, checkReturn); err != nil {
		return Partner{}, err
	}
	return p, nil
}

// AllowsOrigin reports whether a browser's page may use the publishable key.
func (p Partner) AllowsOrigin(origin string) bool { return slices.Contains(p.Origins, origin) }

// AllowsReturn reports whether a donor may be sent back to address. Letters of
// the path must match exactly; dots that climb, queries and fragments are
// refused, so that an allowed folder cannot be left.
func (p Partner) AllowsReturn(address string) bool {
	if checkReturn(address) != "" {
		return false
	}
	return slices.ContainsFunc(p.ReturnURLs, func(allowed string) bool {
		return address == allowed || strings.HasSuffix(allowed, "/") && strings.HasPrefix(address, allowed)
	})
}

func checkEach(field string, addresses []string, check func(string) string) error {
	if len(addresses) > maxAddresses {
		return fault.Field(field, fault.FieldTooMany, "must have at most 20 entries")
	}
	for i, a := range addresses {
		at := field + "[" + strconv.Itoa(i) + "]"
		if problem := check(a); problem != "" {
			return fault.Field(at, fault.FieldMalformed, problem)
		}
		if err := pan.Refuse(at, a); err != nil {
			return err
		}
	}
	return nil
}

// checkOrigin says what is wrong with an origin, "" where nothing is.
func checkOrigin(origin string) string {
	const want = "must be an origin such as https://example.org"
	u, problem := parse(origin)
	switch {
	case problem != "":
		return problem
	case u.Path != "" || u.ForceQuery || u.RawQuery != "":
		return want
	}
	return ""
}

// checkReturn says what is wrong with a return address, "" where nothing is.
func checkReturn(address string) string {
	u, problem := parse(address)
	switch {
	case problem != "":
		return problem
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(address, "#"):
		return "must have no query and no fragment"
	case u.Path == "":
		return "must have a path, at least /"
	case u.RawPath != "" || strings.Contains(u.Path, "\\") || climbs(u.Path):
		return "must have a plain path"
	}
	return ""
}

func parse(address string) (*url.URL, string) {
	u, err := url.Parse(address)
	switch {
	case err != nil || len(address) > maxAddress || u.Opaque != "" || u.User != nil || u.Hostname() == "":
		return nil, "must be a web address"
	case u.Host != strings.ToLower(u.Host):
		return nil, "must have its host in lower case"
	case u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()):
		return u, ""
	}
	return nil, "must begin with https://"
}

// loopback lets developers try a website on their own machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func climbs(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(s string) bool { return s == ".." || s == "." })
}
