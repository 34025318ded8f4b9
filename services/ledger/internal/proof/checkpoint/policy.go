package checkpoint

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Policy says which logs and witnesses must have signed a checkpoint before it
// is believed, in the text form of C2SP tlog-policy.
type Policy struct {
	logs      []note.Verifier
	witnesses map[string]note.Verifier
	groups    map[string]group
	quorum    string
	url       map[string]string
	lines     map[string]int // where the witnesses with addresses stand
}

// group is satisfied by need of its members.
type group struct {
	need    int
	members []string
}

// none is the quorum that asks for no witness.
const none = "none"

var errQuorum = errors.New("not cosigned by the witnesses that the policy asks for")

// ParsePolicy reads lines of the forms
//
//	log <vkey> [url]
//	witness <name> <vkey> [url]
//	group <name> all|any|<k> <member>...
//	quorum <name>|none
func ParsePolicy(text []byte) (Policy, error) {
	p := Policy{witnesses: map[string]note.Verifier{}, groups: map[string]group{}, url: map[string]string{}, lines: map[string]int{}}
	used := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		f := strings.Fields(lines.Text())
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if err := p.line(f, used); err != nil {
			return Policy{}, fmt.Errorf("policy line %d: %w", number, err)
		}
		if f[0] == "witness" && len(f) == 4 {
			p.lines[f[1]] = number
		}
	}
	if err := lines.Err(); err != nil {
		return Policy{}, fmt.Errorf("read policy: %w", err)
	}
	if p.quorum == "" {
		return Policy{}, errors.New("policy: no quorum line")
	}
	return p, nil
}

func (p *Policy) line(f []string, used map[string]bool) error {
	switch {
	case f[0] == "log" && (len(f) == 2 || len(f) == 3):
		v, err := ParseVerifier(f[1])
		p.logs = append(p.logs, v)
		return err
	case f[0] == "witness" && (len(f) == 3 || len(f) == 4):
		return p.witness(f)
	case f[0] == "group" && len(f) >= 4:
		return p.group(f, used)
	case f[0] == "quorum" && len(f) == 2:
		if p.quorum != "" || f[1] != none && !p.defined(f[1]) {
			return errors.New("the quorum is given twice or names nobody")
		}
		p.quorum = f[1]
		return nil
	}
	return errors.New("not a log, witness, group or quorum line")
}

func (p *Policy) witness(f []string) error {
	v, err := ParseCosignatureVerifier(f[2])
	if err != nil {
		return err
	}
	if f[1] == none || p.defined(f[1]) {
		return errors.New("the name is taken")
	}
	for _, other := range p.witnesses {
		if other.(cosignatureVerifier).key.public.Equal(v.(cosignatureVerifier).key.public) {
			return errors.New("the key belongs to another witness")
		}
	}
	p.witnesses[f[1]] = v
	if len(f) == 4 {
		p.url[f[1]] = f[3]
	}
	return nil
}

func (p *Policy) group(f []string, used map[string]bool) error {
	g := group{members: f[3:]}
	switch f[2] {
	case "all":
		g.need = len(g.members)
	case "any":
		g.need = 1
	default:
		n, err := strconv.Atoi(f[2])
		if err != nil || n < 1 || n > len(g.members) {
			return errors.New("a group needs all, any or a number up to that of its members")
		}
		g.need = n
	}
	for _, m := range g.members {
		if !p.defined(m) || used[m] {
			return errors.New("a member is not defined before, or belongs to a group already")
		}
		used[m] = true
	}
	if f[1] == none || p.defined(f[1]) {
		return errors.New("the name is taken")
	}
	p.groups[f[1]] = g
	return nil
}

func (p Policy) defined(name string) bool {
	_, witness := p.witnesses[name]
	_, group := p.groups[name]
	return witness || group
}

// Keys returns the keys of all witnesses that the policy names.
func (p Policy) Keys() []note.Verifier {
	return slices.Collect(maps.Values(p.witnesses))
}

// Logs returns the keys of all logs that the policy names.
func (p Policy) Logs() []note.Verifier { return slices.Clone(p.logs) }

// Check opens a checkpoint that a log of the policy, or one of the keys given
// beside it, has signed and that enough witnesses have cosigned.
func (p Policy) Check(signed []byte, logs ...note.Verifier) (Checkpoint, error) {
	logs = append(logs[:len(logs):len(logs)], p.logs...)
	c, _, err := Open(signed, logs...)
	if err != nil {
		return Checkpoint{}, err
	}
	seen := map[string]bool{}
	for name, v := range p.witnesses {
		if n, err := note.Open(signed, note.VerifierList(v)); err == nil && len(n.Sigs) == 1 {
			seen[name] = true
		}
	}
	if !p.Reached(seen) {
		return Checkpoint{}, errQuorum
	}
	return c, nil
}

// Reached reports whether the witnesses with the given names in the policy are
// enough for it.
func (p Policy) Reached(names map[string]bool) bool {
	return p.quorum == none || p.satisfied(p.quorum, names)
}

func (p Policy) satisfied(name string, seen map[string]bool) bool {
	g, ok := p.groups[name]
	if !ok {
		return seen[name]
	}
	n := 0
	for _, m := range g.members {
		if p.satisfied(m, seen) {
			n++
		}
	}
	return n >= g.need
}

// CheckAddresses checks that witnesses are asked by https; by http only on this
// machine, at 127.0.0.1 or [::1]. The error names the line of the policy: whoever is
// on the way could answer in a witness's place that it has seen more, which stops the
// ledger, and sees when the ledger publishes.
func (p Policy) CheckAddresses() error {
	for _, w := range p.Witnesses() {
		u, err := url.Parse(w.URL)
		switch {
		case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
			return fmt.Errorf("policy line %d: the address of witness %s is not one", p.lines[w.Name], w.Name)
		case u.Scheme == "https", u.Scheme == "http" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"):
		default:
			return fmt.Errorf("policy line %d: the address of witness %s must begin with https://", p.lines[w.Name], w.Name)
		}
	}
	return nil
}

// Witness is a witness of a policy that has an address.
type Witness struct {
	// Name is the witness's name in the policy.
	Name string
	// URL is the prefix before "/add-checkpoint".
	URL string
	// Verifier checks its cosignatures.
	Verifier note.Verifier
}

// Witnesses returns the witnesses that have an address, by name.
func (p Policy) Witnesses() []Witness {
	var out []Witness
	for name, address := range p.url {
		out = append(out, Witness{name, address, p.witnesses[name]})
	}
	slices.SortFunc(out, func(a, b Witness) int { return strings.Compare(a.Name, b.Name) })
	return out
}
