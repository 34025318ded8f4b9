package allocation

// network carries money from funds to classes of requests that may draw on the
// same funds. Capacities and demands are in the same unit. It is small: single
// requests appear in it only as part of their class's demand.
type network struct {
	capacity []wide // per fund
	used     []wide // per fund
	demand   []wide // per class
	met      []wide // per class
	// funds lists, per class, the funds that it may draw on, in order; flow
	// holds what it draws on each.
	funds [][]int
	flow  [][]wide
	// back lists, per fund, where in funds it stands.
	back [][]edge
}

// edge is the i-th fund of a class.
type edge struct{ class, i int }

func newNetwork(capacity []wide, funds [][]int) *network {
	n := &network{
		capacity: capacity, used: make([]wide, len(capacity)),
		demand: make([]wide, len(funds)), met: make([]wide, len(funds)),
		funds: funds, flow: make([][]wide, len(funds)), back: make([][]edge, len(capacity)),
	}
	for c, list := range funds {
		n.flow[c] = make([]wide, len(list))
		for i, f := range list {
			n.back[f] = append(n.back[f], edge{c, i})
		}
	}
	return n
}

// saturate raises the flow to its maximum and reports whether every demand is
// met. Afterwards cut tells why not.
func (n *network) saturate() bool {
	for {
		s := n.search()
		if !s.found {
			return !s.starved
		}
		s.augmentAll()
	}
}

// cut returns the classes that are short of money and all that compete with
// them, and the funds that these have emptied. It is asked after saturate.
func (n *network) cut() (classes, funds []int) {
	s := n.search()
	for c, d := range s.classDepth {
		if d >= 0 {
			classes = append(classes, c)
		}
	}
	for f, d := range s.fundDepth {
		if d >= 0 {
			funds = append(funds, f)
		}
	}
	return classes, funds
}

// push asks for amount more for a class and reports whether the network carries
// it; if not, nothing changes but the routes.
func (n *network) push(class int, amount int64) bool {
	extra := wide{lo: uint64(amount)}
	n.demand[class] = n.demand[class].add(extra)
	if n.direct(class, extra) || n.saturate() {
		return true
	}
	n.demand[class] = n.demand[class].sub(extra)
	n.withdraw(class, n.met[class].sub(n.demand[class]))
	return false
}

// direct carries extra where one fund of the class has that much left: the usual
// case, for which no search is needed.
func (n *network) direct(class int, extra wide) bool {
	for i, f := range n.funds[class] {
		if n.capacity[f].sub(n.used[f]).less(extra) {
			continue
		}
		n.flow[class][i] = n.flow[class][i].add(extra)
		n.used[f] = n.used[f].add(extra)
		n.met[class] = n.met[class].add(extra)
		return true
	}
	return false
}

// withdraw takes amount of a class's flow back.
func (n *network) withdraw(class int, amount wide) {
	n.met[class] = n.met[class].sub(amount)
	for i, f := range n.funds[class] {
		part := least(amount, n.flow[class][i])
		n.flow[class][i] = n.flow[class][i].sub(part)
		n.used[f] = n.used[f].sub(part)
		amount = amount.sub(part)
	}
}
