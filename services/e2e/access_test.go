package e2e

import (
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// shut is a cell of the table of docs/access.md: a path, and whether one role may call it.
type shut struct {
	method, path, role string
	may, open          bool // open to anybody without a credential in the header
}

// TestEachPathIsOpenToTheRolesOfTheTableAlone calls each REST path of docs/access.md in
// each role and in none, with names of nothing: who may is told what is wrong with the
// request, or is served; who may not is refused before anything else is looked at.
func TestEachPathIsOpenToTheRolesOfTheTableAlone(t *testing.T) {
	t.Parallel()
	i := start(t, dataFolder(t))
	tokens := i.tokensOfEachRole()
	cells := accessTable(t)
	refused, served := 0, 0
	for _, c := range cells {
		token, ok := tokens[c.role]
		if !ok || c.may && ofThemselves.MatchString(c.path) {
			continue // donors and families hold no credential that a header carries
		}
		status, reason := i.try(c, token)
		denied := status == http.StatusUnauthorized || reason == "PERMISSION_DENIED"
		switch {
		case denied != (!c.may && !c.open):
			t.Errorf("%s %s as %s: %d %s; the table says that they may: %v", c.method, c.path, c.role, status, reason, c.may)
		case status >= 500 && status != http.StatusServiceUnavailable:
			t.Errorf("%s %s as %s: %d %s", c.method, c.path, c.role, status, reason)
		case denied:
			refused++
		case status < 300:
			served++
		}
	}
	if refused < 1000 || served < 100 {
		t.Errorf("%d calls were refused and %d were served, of %d cells", refused, served, len(cells))
	}
}

// tokensOfEachRole are credentials by the headings of the table; "none" is no credential.
func (i *installation) tokensOfEachRole() map[string]string {
	operator := i.token("olena", "operator")
	c := &cast{i: i}
	partner := c.create(operator, "/v1/partners", `{"displayName":"P","returnUrls":["https://partner.example/thanks"]}`)
	return map[string]string{
		"none": "", "op": operator, "sk": partner["secretKey"].(string), "pk": partner["publishableKey"].(string),
		"cw": i.token("carla", "caseworker"), "ver": i.token("vera", "verifier"), "app": i.token("anna", "approver"),
		"tre": i.token("tereza", "treasurer"), "off": i.token("ofra", "protection_officer"), "aud": i.token("audra", "auditor"),
	}
}

// ofThemselves are paths that everybody may call for themselves alone; of somebody else
// they are refused like what no role opens.
var ofThemselves = regexp.MustCompile(`^/v1/staff/[^/]+(?::setAway|/sessions:revoke)$`)

var variable = regexp.MustCompile(`\{[a-z_.]+(?:=([^}]*))?\}`)

// accessTable reads the cells of docs/access.md.
func accessTable(t *testing.T) (cells []shut) {
	t.Helper()
	text, err := os.ReadFile("../../docs/access.md")
	if err != nil {
		t.Fatal(err)
	}
	var heads []string
	for line := range strings.SplitSeq(string(text), "\n") {
		columns := strings.Split(line, " | ")
		switch {
		case strings.HasPrefix(line, "| RPC | REST | "):
			heads = columns[2 : len(columns)-2]
		case len(heads) > 0 && len(columns) == len(heads)+4:
			for binding := range strings.SplitSeq(strings.Trim(columns[1], "`"), "` `") {
				if method, path, ok := strings.Cut(binding, " "); ok {
					cells = append(cells, cellsOf(method, path, heads, columns[2:])...)
				}
			}
		}
	}
	return cells
}

// cellsOf are the cells of one path, with names of nothing in it.
func cellsOf(method, path string, heads, marks []string) []shut {
	path = variable.ReplaceAllStringFunc(path, func(v string) string {
		pattern := variable.FindStringSubmatch(v)[1]
		if pattern == "" {
			pattern = "*"
		}
		return strings.ReplaceAll(strings.ReplaceAll(pattern, "**", "x"), "*", "x_00000000000000000000000000")
	})
	open := false
	for n, head := range heads {
		open = open || marks[n] == "x" && (head == "any" || head == "donor" || head == "family")
	}
	cells := []shut{{method: method, path: path, role: "none", open: open}}
	for n, head := range heads {
		cells = append(cells, shut{method, path, head, marks[n] == "x", open})
	}
	return cells
}

// try calls a path with an empty request and tells what was answered, once the caller's
// rate allows it.
func (i *installation) try(c shut, token string) (status int, reason string) {
	i.t.Helper()
	for {
		resp, err := restclient.New(i.state.REST, token).Do(i.t.Context(), c.method, c.path, "application/json", "", c.body())
		var problem *restclient.Problem
		switch {
		case err == nil:
			must(i.t, resp.Body.Close())
			return http.StatusOK, ""
		case !errors.As(err, &problem):
			i.t.Fatalf("%s %s: %v", c.method, c.path, err)
		case problem.Status != http.StatusTooManyRequests:
			return problem.Status, problem.Reason
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// body is the empty request, for the methods that have a body.
func (c shut) body() io.Reader {
	if c.method == http.MethodGet {
		return nil
	}
	return strings.NewReader("{}")
}
