package stripefake

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page.html
var pageSource string

// page is what the hosted page shows.
type page struct {
	Amount, Currency, Cancel, Problem string
	Open                              bool
}

// showPage is the hosted checkout page.
func (s *Server) showPage(w http.ResponseWriter, r *http.Request) {
	session, refused := s.session(r.PathValue("session"))
	if refused != nil {
		http.NotFound(w, r)
		return
	}
	renderPage(w, http.StatusOK, pageOf(session, ""))
}

// submitPage takes the page's card number and leads the browser back.
func (s *Server) submitPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	refused := s.pay(r.PathValue("session"), r.PostFormValue("card"))
	session, gone := s.session(r.PathValue("session"))
	switch {
	case gone != nil:
		http.NotFound(w, r)
	case refused != nil:
		renderPage(w, refused.status, pageOf(session, refused.Message))
	default:
		back := strings.ReplaceAll(session.text("success_url"), "{CHECKOUT_SESSION_ID}", session.text("id"))
		http.Redirect(w, r, back, http.StatusSeeOther)
	}
}

// session returns a copy of a session as it is now.
func (s *Server) session(id string) (object, *apiError) {
	var found object
	refused := s.update(func() *apiError {
		session, refused := s.find("checkout.session", id)
		found = s.shown(session)
		return refused
	})
	return found, refused
}

func pageOf(session object, problem string) page {
	digits := decimal(session.number("amount_total"), currencyExponent(session.text("currency")))
	return page{
		Amount: digits, Currency: strings.ToUpper(session.text("currency")),
		Cancel: session.text("cancel_url"), Problem: problem, Open: session.text("status") == "open",
	}
}

func renderPage(w http.ResponseWriter, status int, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	template.Must(template.New("page").Parse(pageSource)).Execute(w, p) //nolint:errcheck // a browser that is gone
}

// decimal writes minor units with a point before the last digits.
func decimal(minor int64, exponent int) string {
	text := fmt.Sprintf("%0*d", exponent+1, minor)
	if exponent == 0 {
		return text
	}
	cut := len(text) - exponent
	return text[:cut] + "." + text[cut:]
}
