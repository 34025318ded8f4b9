package server_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/logs"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// marks are texts that nobody may find again. Those that have to be valid (an
// account, a country) are rare enough to be told.
const (
	markName    = "Zqxmark-name"
	markBirth   = "1983-02-27"
	markCell    = "zqxmark cell"
	markMember  = "Zqxmark Member"
	markAddress = "+370 699 73911"
	markWording = "zqxmark wording"
	markHours   = "zqxmark hours"
	markHolder  = "Zqxmark Holder"
	markIBAN    = "DE75512108001245126199"
	markBIC     = "SOLADEST600"
	markTown    = "Zqxmarktown"
	markNumber  = "ZQXMARKNUMBER"
	markWallet  = "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
	markThing   = "zqxmark thing"
	markCountry = "ZW"
)

// logged is a server like that of a bench, with a real log that can be read. The
// caller of each call is told in headers.
type logged struct {
	*bench
	lis *bufconn.Listener
	log *safeBuffer
}

// safeBuffer is a buffer that several goroutines may write.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newLogged(t testing.TB) *logged {
	t.Helper()
	l := &logged{bench: newBench(t), lis: bufconn.Listen(1 << 20), log: &safeBuffer{}}
	g := rpc.NewServer(rpc.Options{
		Authenticator: everybody{}, Idempotency: []byte("secret of the idempotency records"), Log: logs.New(l.log, "debug", "json"), Now: time.Now,
		Peer: func(ctx context.Context) string { return metadata.ValueFromIncomingContext(ctx, "peer")[0] },
	})
	l.server().Register(g)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- rpc.Serve(ctx, g, l.lis) }()
	t.Cleanup(func() { cancel(); <-done })
	return l
}

// everybody takes the bearer "person:role" for what it says.
type everybody struct{}

func (everybody) Authenticate(_ context.Context, bearer string) (identity.Caller, error) {
	person, role, _ := strings.Cut(bearer, ":")
	return identity.Caller{Person: person, AuthTime: time.Now(), Roles: []policyv1.Role{policyv1.Role(policyv1.Role_value[role])}}, nil
}

// by connects as a person, or as disbursements where person is empty.
func (l *logged) by(person, role string) clients {
	l.t.Helper()
	conn, err := rpc.DialListener(l.lis.DialContext, func(ctx context.Context) context.Context {
		if person == "" {
			return metadata.AppendToOutgoingContext(ctx, "peer", "disbursements")
		}
		return metadata.AppendToOutgoingContext(ctx, "peer", "gateway", "authorization", "Bearer "+person+":"+role)
	})
	must(l.t, err)
	l.t.Cleanup(func() { conn.Close() })
	return newClients(conn)
}

func TestNothingPersonalIsFoundOutsideSealedValues(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	secrets, errors := l.wholeStory()
	marks := append([]string{
		markName, markBirth, markCell, markMember, markAddress, markWording, markHours,
		markHolder, markIBAN, markBIC, markTown, markNumber, markWallet, markThing, `"` + markCountry + `"`,
	}, secrets...)

	// Nothing is found in tables (the job table and idempotency records among
	// them), in the key store, in the log, or in refusals.
	dump := dumpAll(t, l.db)
	for _, table := range []string{"river_job", "idempotency_keys", "families", "members", "prisoner_import_rows"} {
		if dump[table] == "" {
			t.Errorf("the table %s is empty: the search proves nothing", table)
		}
	}
	dump["the log"], dump["refusals"] = l.log.String(), strings.Join(errors, "\n")
	for place, text := range dump {
		for _, mark := range marks {
			if found(text, mark) {
				t.Errorf("%q is found in %s", mark, place)
			}
		}
	}

	// No row names a family and a prisoner together.
	for table, text := range dump {
		for _, row := range strings.Split(text, "\n") {
			if strings.Contains(row, `"f_`) && strings.Contains(row, `"p_`) {
				t.Errorf("a row of %s names a family and a prisoner", table)
			}
		}
	}

	// The search finds what is there: one mark outside a sealed value.
	if _, err := l.db.Pool.Exec(t.Context(), `UPDATE verifications SET case_owner = $1`, markName); err != nil {
		t.Fatal(err)
	}
	if !found(dumpAll(t, l.db)["verifications"], markName) {
		t.Error("the search is blind")
	}
}

// wholeStory goes through every flow with marks in every field that is lethal or
// secret, also in input that is refused, and returns the secrets that came back
// and the texts of all refusals.
func (l *logged) wholeStory() (secrets, refusals []string) {
	t, ctx := l.t, l.t.Context()
	t.Helper()
	c, a, d := l.by(olga, "ROLE_CASEWORKER"), l.by(egor, "ROLE_VERIFIER"), l.by("", "")
	seen := fields{}
	refuse := func(req proto.Message, err error) {
		t.Helper()
		seen.note(req)
		if fault.As(err) == nil {
			t.Errorf("%T was not refused: %v", req, err)
			return
		}
		refusals = append(refusals, fmt.Sprintf("%s %v", fault.As(err).Message, fault.As(err).Violations))
	}

	// Prisoners: a file that is taken, one that is not, a held-back row.
	file := header + line("1", "https://list.example/zqxmark-url", markName+" Адзін", "active", markBirth) +
		line("2", "https://list.example/2", markName+" Два", markCell, markBirth) +
		strings.Replace(line("3", "https://list.example/3", markName+" Тры", "active", markBirth), "Art. 342", markCell, 1)
	i, err := l.upload(c, "spring", "1f6d8f2c-5a65-4a9a-b3a4-7d3a7cbb9c10", []byte(file))
	must(t, err)
	seen.note(&familiesv1.ImportPrisonersRequest{Payload: &familiesv1.ImportPrisonersRequest_Chunk{Chunk: []byte(file)}})
	_, err = l.upload(c, "spring", "", []byte(file+"9,\""+markName))
	refuse(&familiesv1.ImportPrisonersRequest{}, err)
	_, err = a.imports.MergePrisonerImport(ctx, &familiesv1.MergePrisonerImportRequest{Name: i.GetName()})
	must(t, err)
	l.drain()
	prisoners, err := c.prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{})
	must(t, err)
	_, err = c.prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{Filter: `name = "` + markName + `"`})
	refuse(&familiesv1.ListPrisonersRequest{}, err)

	// A family, with keys, so that there are idempotency records.
	create := &familiesv1.CreateFamilyRequest{
		Family:    &familiesv1.Family{Prisoner: prisoners.GetPrisoners()[0].GetName(), CountryCode: markCountry, AlteredCodeRule: 1},
		RequestId: "0e8d6d2e-9d0c-4f55-8a2c-8a9a3a4f8a02",
	}
	seen.note(create)
	family, err := c.families.CreateFamily(ctx, create)
	must(t, err)
	refused := proto.Clone(create).(*familiesv1.CreateFamilyRequest)
	refused.RequestId, refused.Family.CountryCode = "", markTown
	_, err = c.families.CreateFamily(ctx, refused)
	refuse(refused, err)
	name := family.GetName()
	l.markedHousehold(c, a, name, seen, refuse)
	l.verifyMarked(c, name)

	// Money and the code.
	request := &familiesv1.CreateAidRequestRequest{Parent: name, AidRequest: newRequest()}
	r, err := c.requests.CreateAidRequest(ctx, request)
	must(t, err)
	_, err = a.requests.ApproveAidRequest(ctx, &familiesv1.ApproveAidRequestRequest{Name: r.GetName()})
	must(t, err)
	_, err = d.input.ListFundableRequests(ctx, &familiesv1.ListFundableRequestsRequest{})
	must(t, err)
	released, err := d.release.ReleaseDestination(ctx, l.newRelease(name))
	must(t, err)
	if released.GetDestination().GetBankAccount().GetIban() != markIBAN {
		t.Errorf("released %v", released)
	}
	code, err := d.release.IssueCode(ctx, &familiesv1.IssueCodeRequest{Payment: "payments/y_1", Family: name, RequestId: "0e8d6d2e-9d0c-4f55-8a2c-8a9a3a4f8a03"})
	must(t, err)
	judge := &familiesv1.JudgeCodeRequest{Payment: "payments/y_1", Code: code.GetCode()}
	seen.note(judge)
	_, err = d.release.JudgeCode(ctx, judge)
	must(t, err)
	_, err = d.release.JudgeCode(ctx, judge)
	refuse(judge, err)
	l.drain()
	seen.check(t)
	return []string{code.GetCode(), code.GetHandle(), "zqxmark-url"}, refusals
}

// markedHousehold adds belongings with marks, and some that are refused.
func (l *logged) markedHousehold(c, a clients, name string, seen fields, refuse func(proto.Message, error)) {
	t, ctx := l.t, l.t.Context()
	t.Helper()
	member := &familiesv1.CreateMemberRequest{Parent: name, Member: &familiesv1.Member{
		FullName: markMember, Relationship: familiesv1.Relationship_RELATIONSHIP_PARENT, BirthYear: 1950,
	}, RequestId: "0e8d6d2e-9d0c-4f55-8a2c-8a9a3a4f8a04"}
	seen.note(member)
	_, err := c.household.CreateMember(ctx, member)
	must(t, err)
	member = &familiesv1.CreateMemberRequest{Parent: name, Member: &familiesv1.Member{FullName: markMember, Relationship: 1, BirthYear: 1700}}
	_, err = c.household.CreateMember(ctx, member)
	refuse(member, err)
	members, err := c.household.ListMembers(ctx, &familiesv1.ListMembersRequest{Parent: name})
	must(t, err)
	change := &familiesv1.UpdateMemberRequest{
		Member:    &familiesv1.Member{Name: members.GetMembers()[0].GetName(), FullName: markMember, BirthYear: 1951},
		RequestId: "0e8d6d2e-9d0c-4f55-8a2c-8a9a3a4f8a05",
	}
	_, err = c.household.UpdateMember(ctx, change)
	must(t, err)
	change.UpdateMask = &fieldmaskpb.FieldMask{Paths: []string{markMember}}
	_, err = c.household.UpdateMember(ctx, &familiesv1.UpdateMemberRequest{Member: change.GetMember(), UpdateMask: change.GetUpdateMask()})
	refuse(change, err)
	contact := &familiesv1.CreateContactRequest{Parent: name, Contact: &familiesv1.Contact{
		Channel: familiesv1.ContactChannel_CONTACT_CHANNEL_PHONE, Address: markAddress, Language: "be",
		SafeWording: markWording, SafeHours: markHours,
	}}
	_, err = c.household.CreateContact(ctx, contact)
	must(t, err)
	contact.Contact.DoNotContact = true
	seen.note(contact)
	_, err = c.household.CreateContact(ctx, contact)
	must(t, err)
	contact.Contact.Channel = familiesv1.ContactChannel_CONTACT_CHANNEL_EMAIL
	_, err = c.household.CreateContact(ctx, contact)
	refuse(contact, err)
	_, err = c.household.CreateConsent(ctx, &familiesv1.CreateConsentRequest{Parent: name, Consent: l.newConsent()})
	must(t, err)
	account := &familiesv1.BankAccount{
		AccountHolder: markHolder, Number: &familiesv1.BankAccount_Iban{Iban: markIBAN}, Bic: markBIC, CountryCode: markCountry, Town: markTown,
	}
	destination := &familiesv1.CreateDestinationRequest{Parent: name, Destination: &familiesv1.Destination{
		Details: &familiesv1.Destination_BankAccount{BankAccount: account},
	}}
	seen.note(destination)
	made, err := c.household.CreateDestination(ctx, destination)
	must(t, err)
	_, err = a.household.CallDestination(ctx, &familiesv1.CallDestinationRequest{Name: made.GetName()})
	must(t, err)
	anew := enteredAnew(made.GetName(), destination.GetDestination())
	anew.GetBankAccount().Town = markTown + " again"
	_, err = a.household.ConfirmDestination(ctx, anew)
	refuse(anew, err)
	anew.GetBankAccount().Town = markTown
	seen.note(anew)
	_, err = a.household.ConfirmDestination(ctx, anew)
	must(t, err)
	account.Number = &familiesv1.BankAccount_Iban{Iban: markIBAN[:20] + "00"}
	_, err = c.household.CreateDestination(ctx, destination)
	refuse(destination, err)
	for _, d := range markedForms() {
		other := &familiesv1.CreateDestinationRequest{Parent: name, Destination: d}
		seen.note(other)
		_, err := c.household.CreateDestination(ctx, other)
		must(t, err)
	}
}

func (l *logged) verifyMarked(c clients, name string) {
	t, ctx := l.t, l.t.Context()
	t.Helper()
	_, err := c.families.SubmitFamily(ctx, &familiesv1.SubmitFamilyRequest{Name: name})
	must(t, err)
	_, err = c.families.ProposeVerification(ctx, &familiesv1.ProposeVerificationRequest{Name: name})
	must(t, err)
	drawn := l.by(dina, "ROLE_VERIFIER")
	u, err := drawn.families.UnsealFamily(ctx, &familiesv1.UnsealFamilyRequest{Name: name, Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_VERIFICATION})
	must(t, err)
	if u.GetMembers()[0].GetFullName() != markMember || u.GetContacts()[0].GetSafeHours() != markHours {
		t.Errorf("unsealed %v", u)
	}
	if n := len(u.GetDestinations()); n != 1+len(markedForms()) {
		t.Errorf("%d destinations are unsealed", n)
	}
	_, err = drawn.families.ConfirmVerification(ctx, &familiesv1.ConfirmVerificationRequest{Name: name})
	must(t, err)
}

// found reports whether text has a mark, in the clear or as hexadecimal digits.
func found(text, mark string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, strings.ToLower(mark)) ||
		strings.Contains(text, hex.EncodeToString([]byte(mark))) || strings.Contains(text, hex.EncodeToString([]byte(strings.ToLower(mark))))
}

// dumpAll is every row of every table as JSON, a line each.
func dumpAll(t testing.TB, db *postgres.DB) map[string]string {
	t.Helper()
	ctx := context.Background()
	rows, err := db.Pool.Query(ctx, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	must(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	dump := map[string]string{}
	for _, table := range tables {
		var text string
		must(t, db.Pool.QueryRow(ctx, `SELECT COALESCE(string_agg(to_jsonb(t)::text, E'\n'), '') FROM `+pgx.Identifier{table}.Sanitize()+` t`).Scan(&text))
		dump[table] = text
	}
	return dump
}

// fields are the lethal and secret fields that were filled.
type fields map[protoreflect.FullName]bool

// note notes the filled lethal and secret fields of a request.
func (f fields) note(req proto.Message) { f.walk(req.ProtoReflect()) }

func (f fields) walk(m protoreflect.Message) {
	m.Range(func(d protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if policy.Secret(d) {
			f[d.FullName()] = true
		}
		switch {
		case d.Message() == nil || d.IsMap():
		case d.IsList():
			for i := range v.List().Len() {
				f.walk(v.List().Get(i).Message())
			}
		default:
			f.walk(v.Message())
		}
		return true
	})
}

// check fails for each lethal or secret field of a request that was never filled.
func (f fields) check(t testing.TB) {
	t.Helper()
	all := fields{}
	methods(func(m protoreflect.MethodDescriptor) { all.declared(m.Input()) })
	var missing []string
	for name := range all {
		if !f[name] {
			missing = append(missing, string(name))
		}
	}
	sort.Strings(missing)
	if len(missing) > 0 {
		t.Errorf("fields without a mark: %v", missing)
	}
	t.Logf("marks in %d lethal and secret fields", len(all))
}

// declared collects the lethal and secret fields of a message and what it holds.
func (f fields) declared(m protoreflect.MessageDescriptor) {
	for i := range m.Fields().Len() {
		d := m.Fields().Get(i)
		if policy.Secret(d) {
			f[d.FullName()] = true
		}
		if d.Message() != nil && d.Message().FullName() != m.FullName() {
			f.declared(d.Message())
		}
	}
}
