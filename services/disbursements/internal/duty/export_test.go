package duty

// InPages returns the worker with pages of that size, of which one run does so many.
func (w *Worker) InPages(page, pages int) *Worker {
	return &Worker{Options: w.Options, page: page, pages: pages}
}

// ShareOf is what families are told about a part of a payment.
var ShareOf = shareOf
