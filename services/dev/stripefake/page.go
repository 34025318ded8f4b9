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
	Open, Saves, Asks, Invoice        bool   // what the page is for and waits for
	Card                              string // typed before 3-D Secure
}

// showPage is the hosted checkout page.
func (s *Server) showPage(w http.ResponseWriter, r *http.Request) {
	session, refused := s.session(r.PathValue("session"))
	if refused != nil {
		http.NotFound(w, r)
		return
	}
	renderPage(w, http.StatusOK, pageOf(session, nil))
}

// submitPage takes the page's card number and leads the browser back.
func (s *Server) submitPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	refused := s.pay(r.PathValue("session"), r.PostFormValue("card"), r.PostFormValue("proof"))
	session, gone := s.session(r.PathValue("session"))
	switch {
	case gone != nil:
		http.NotFound(w, r)
	case refused != nil:
		shown := pageOf(session, refused)
		shown.Card = r.PostFormValue("card")
		renderPage(w, refused.status, shown)
	case session.text("object") == "invoice":
		renderPage(w, http.StatusOK, pageOf(session, nil))
	default:
		back := strings.ReplaceAll(session.text("success_url"), "{CHECKOUT_SESSION_ID}", session.text("id"))
		http.Redirect(w, r, back, http.StatusSeeOther)
	}
}

// session returns a copy of a session, or of an invoice that can be paid, as it is now.
func (s *Server) session(id string) (object, *apiError) {
	var found object
	refused := s.update(func() *apiError {
		shown, refused := s.find("checkout.session", id)
		if o := s.store.rows[id]; o.text("object") == "invoice" && o.text("status") != "draft" {
			shown, refused = o, nil
		}
		found = s.shown(shown)
		return refused
	})
	return found, refused
}

func pageOf(o object, refused *apiError) page {
	shown := page{
		Currency: strings.ToUpper(o.text("currency")), Cancel: o.text("cancel_url"),
		Open: o.text("status") == "open", Saves: o.text("mode") == "setup", Invoice: o.text("object") == "invoice",
	}
	if !shown.Saves {
		shown.Amount = decimal(o.number("amount_total")+o.number("amount_due"), currencyExponent(o.text("currency")))
	}
	if refused != nil {
		shown.Problem, shown.Asks = refused.Message, refused.Code == "authentication_required"
	}
	return shown
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
