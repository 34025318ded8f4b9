package allocation

// search is one round of Dinic's algorithm: how far each class and fund is from
// a class that is short of money, and the shortest ways to free money.
type search struct {
	n                     *network
	classDepth, fundDepth []int // -1 where not reached
	classNext, fundNext   []int // first edge not yet given up
	found, starved        bool
}

// search walks from the classes with unmet demand over funds, whose money may be
// taken over, to a fund with money left.
func (n *network) search() *search {
	s := &search{
		n: n, classDepth: unreached(len(n.funds)), fundDepth: unreached(len(n.capacity)),
		classNext: make([]int, len(n.funds)), fundNext: make([]int, len(n.capacity)),
	}
	var layer []int
	for c := range n.funds {
		if n.met[c].less(n.demand[c]) {
			s.classDepth[c] = 0
			layer = append(layer, c)
		}
	}
	s.starved = len(layer) > 0
	for depth := 1; len(layer) > 0 && !s.found; depth += 2 {
		layer = s.reachClasses(s.reachFunds(layer, depth), depth+1)
	}
	return s
}

func unreached(n int) []int {
	d := make([]int, n)
	for i := range d {
		d[i] = -1
	}
	return d
}

func (s *search) reachFunds(classes []int, depth int) []int {
	var reached []int
	for _, c := range classes {
		for _, f := range s.n.funds[c] {
			if s.fundDepth[f] >= 0 {
				continue
			}
			s.fundDepth[f] = depth
			reached = append(reached, f)
			s.found = s.found || s.n.used[f].less(s.n.capacity[f])
		}
	}
	return reached
}

func (s *search) reachClasses(funds []int, depth int) []int {
	var reached []int
	for _, f := range funds {
		for _, e := range s.n.back[f] {
			if s.classDepth[e.class] >= 0 || s.n.flow[e.class][e.i].zero() {
				continue
			}
			s.classDepth[e.class] = depth
			reached = append(reached, e.class)
		}
	}
	return reached
}

// augmentAll uses every shortest way.
func (s *search) augmentAll() {
	for c, d := range s.classDepth {
		for d == 0 && s.n.met[c].less(s.n.demand[c]) {
			got := s.drawClass(c, s.n.demand[c].sub(s.n.met[c]))
			if got.zero() {
				break
			}
			s.n.met[c] = s.n.met[c].add(got)
		}
	}
}

// drawClass finds up to want for class c over one fund and returns what it got.
func (s *search) drawClass(c int, want wide) wide {
	n := s.n
	for ; s.classNext[c] < len(n.funds[c]); s.classNext[c]++ {
		i := s.classNext[c]
		f := n.funds[c][i]
		if s.fundDepth[f] != s.classDepth[c]+1 {
			continue
		}
		if got := s.drawFund(f, want); !got.zero() {
			n.flow[c][i] = n.flow[c][i].add(got)
			return got
		}
	}
	return wide{}
}

// drawFund frees up to want in fund f: money that is left, or money of a class
// that finds other.
func (s *search) drawFund(f int, want wide) wide {
	n := s.n
	if n.used[f].less(n.capacity[f]) {
		got := least(want, n.capacity[f].sub(n.used[f]))
		n.used[f] = n.used[f].add(got)
		return got
	}
	for ; s.fundNext[f] < len(n.back[f]); s.fundNext[f]++ {
		e := n.back[f][s.fundNext[f]]
		held := n.flow[e.class][e.i]
		if s.classDepth[e.class] != s.fundDepth[f]+1 || held.zero() {
			continue
		}
		if got := s.drawClass(e.class, least(want, held)); !got.zero() {
			n.flow[e.class][e.i] = n.flow[e.class][e.i].sub(got)
			return got
		}
	}
	return wide{}
}
