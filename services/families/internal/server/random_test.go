package server_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// callsEach is how many random requests each method gets.
const callsEach = 60

// Whatever a permitted caller sends, the answer is never "internal error".
func TestNoRequestIsAnInternalError(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	request := b.approved(2).GetName()
	family, _, _ := strings.Cut(request, "/aidRequests/")
	words := []string{
		"", "-", "\x00", "a\x00b", "%", "'; DROP TABLE families; --", "ў", strings.Repeat("ж", 300), "families/-", "families/*",
		family, request, "prisoners/pr_1", "prisonerImports/i_1", "allocationRounds/r_1", "payments/y_1", "paymentPlans/p_1",
		family + "/contacts/c_1", family + "/destinations/de_1", family + "/consents/n_1", "12345678", "sepa", "LT121000011101001000",
		"2026-11-24", "EUR", "LT", `state = "VERIFIED"`, `source_id = "1" AND held_back = true`, `source_id = "` + "\x00" + `"`, `NOT (a = 1)`, "=", "((((", "spring",
	}
	people := b.As(identity.Caller{Service: "gateway", Person: olga, Roles: []policyv1.Role{
		policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_VERIFIER, policyv1.Role_ROLE_PROTECTION_OFFICER,
	}})
	machine := b.As(identity.Caller{Service: "disbursements", Person: egor})
	r := rand.New(rand.NewPCG(1, 2))
	kinds := map[fault.Kind]int{}
	methods(func(m protoreflect.MethodDescriptor) {
		conn := people
		if m.Parent().Name() == "AllocationInputService" || m.Parent().Name() == "ReleaseService" {
			conn = machine
		}
		path := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
		for range callsEach {
			if m.IsStreamingClient() {
				return
			}
			req := dynamicpb.NewMessage(m.Input())
			scramble(r, req, words)
			err := conn.Invoke(t.Context(), path, req, dynamicpb.NewMessage(m.Output()))
			f := fault.As(err)
			if err == nil {
				kinds[0]++
				continue
			}
			if f == nil || f.Kind == fault.Internal || f.Kind == fault.Timeout {
				t.Errorf("%s with %v: %v", m.Name(), req, err)
				continue
			}
			kinds[f.Kind]++
		}
	})
	t.Log("answers by kind:", fmt.Sprint(kinds))
	if kinds[0] == 0 || kinds[fault.Invalid] == 0 || kinds[fault.NotFound] == 0 {
		t.Errorf("the requests do not reach far: %v", kinds)
	}
}

// scramble fills a message with words and numbers at random.
func scramble(r *rand.Rand, m protoreflect.Message, words []string) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		d := fields.Get(i)
		if r.IntN(5) == 0 {
			continue
		}
		if d.IsList() {
			list := m.NewField(d).List()
			for range r.IntN(3) {
				list.Append(anything(r, d, list.NewElement, words))
			}
			m.Set(d, protoreflect.ValueOfList(list))
			continue
		}
		m.Set(d, anything(r, d, func() protoreflect.Value { return m.NewField(d) }, words))
	}
}

func anything(r *rand.Rand, d protoreflect.FieldDescriptor, empty func() protoreflect.Value, words []string) protoreflect.Value {
	number := []int64{0, 1, 2, 3, 24, 500, -1, 1 << 31, -1 << 31, 1<<63 - 1}[r.IntN(10)]
	switch d.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(aWord(r, string(d.Name()), words))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(make([]byte, []int{0, 31, 32}[r.IntN(3)]))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(r.IntN(2) == 0)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(r.IntN(14) - 1))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(number))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(number)
	default:
		v := empty()
		if strings.HasPrefix(string(d.Message().FullName()), "solidarity.") {
			scramble(r, v.Message(), words)
		}
		return v
	}
}

// aWord is mostly one that the field can take, so that requests reach far.
func aWord(r *rand.Rand, field string, words []string) string {
	fitting := map[string]string{
		"family": "families/f_", "plan": "paymentPlans/", "round": "allocationRounds/", "payment": "payments/", "prisoner": "prisoners/",
		"parent": "families/f_", "name": "families/f_", "aid_request": "families/f_", "country_code": "LT", "currency_code": "EUR",
		"iban": "LT1", "given_on": "2026", "code": "1234", "rail": "sepa", "source_list": "spring", "page_token": "-", "filter": "s", "bic": "-",
	}
	want, ok := fitting[field]
	if !ok || r.IntN(8) == 0 {
		return words[r.IntN(len(words))]
	}
	for {
		if w := words[r.IntN(len(words))]; strings.HasPrefix(w, want) {
			return strings.TrimPrefix(w, "-")
		}
	}
}
