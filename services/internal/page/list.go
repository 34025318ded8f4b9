package page

// Limit is how many rows to fetch: one more than the page has, which tells whether
// there is a next page.
func (p Page) Limit() int { return p.Size + 1 }

// List reads one page of a list: the rows, and the token of the next page, empty
// after the last row. fetch gets at most p.Limit() rows that come after p.After;
// keys are those of a row, as p.After has them.
func List[R any](pager *Pager, req Request, fetch func(p Page) ([]R, error), keys func(R) []string) (rows []R, next string, err error) {
	p, err := pager.Parse(req)
	if err != nil {
		return nil, "", err
	}
	if rows, err = fetch(p); err != nil {
		return nil, "", err
	}
	rows, next = Cut(pager, req, rows, p.Size, keys)
	return rows, next, nil
}

// Cut leaves the first size rows and makes the token of the page after them, empty
// where there are no more. List does it; lists whose pages end by something else
// than a number of rows call it.
func Cut[R any](pager *Pager, req Request, rows []R, size int, keys func(R) []string) ([]R, string) {
	if len(rows) <= size {
		return rows, ""
	}
	return rows[:size], pager.Next(req, keys(rows[size-1])...)
}
