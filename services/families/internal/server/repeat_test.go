package server_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// A repeat with the same key has no second effect and gets the answer of the first
// call, by every method that takes a key.
func TestARepeatHasNoEffectAndTheSameAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tried := 0
	eachCall(t, func(m protoreflect.MethodDescriptor, c call) {
		rules, err := policy.Of(m)
		must(t, err)
		key := m.Input().Fields().ByName("request_id")
		if (rules.GetIdempotency() == policyv1.Idempotency_IDEMPOTENCY_NONE) != (key == nil) {
			t.Errorf("%s has the policy %v", m.Name(), rules.GetIdempotency())
		}
		if key == nil {
			return
		}
		tried++
		req, conn := c.given(b), c.as(b)
		req.ProtoReflect().Set(key, protoreflect.ValueOfString(fmt.Sprintf("0b0c1a52-7b26-4a9e-8f9e-%012d", tried)))
		first, err := invoke(t, conn, m, req)
		if err != nil {
			t.Errorf("%s: %v", m.Name(), err)
			return
		}
		before := b.count(rowsOfAll)
		again, err := invoke(t, conn, m, req)
		if m.Name() == "IssueCode" {
			code := again.ProtoReflect().Descriptor().Fields().ByName("code")
			if again.ProtoReflect().Get(code).String() != "" {
				t.Error("a code is told twice")
			}
			first.ProtoReflect().Clear(code)
		}
		if err != nil || !proto.Equal(first, again) {
			t.Errorf("%s: first %v, again %v, %v", m.Name(), first, again, err)
		}
		if after := b.count(rowsOfAll); after != before {
			t.Errorf("%s: the repeat made %d rows of %d", m.Name(), after, before)
		}

		// Another request with the key is refused.
		other := proto.Clone(req)
		if !vary(other.ProtoReflect()) {
			return
		}
		_, err = invoke(t, conn, m, other)
		refused(t, string(m.Name())+" with the key of another request", err, "IDEMPOTENCY_KEY_REUSED")
	})
	if tried < 20 {
		t.Errorf("%d calls were tried", tried)
	}
}

// rowsOfAll counts all rows that a call can add.
const rowsOfAll = everything + ` + (SELECT count(*) FROM verifications) + (SELECT count(*) FROM suspensions) + (SELECT count(*) FROM aid_request_cycles)
	+ (SELECT count(*) FROM round_reservations) + (SELECT count(*) FROM confirmation_codes) + (SELECT count(*) FROM owed_decisions)
	+ (SELECT count(*) FROM releases)`

// vary changes a request into another valid one; false where there is no other.
func vary(m protoreflect.Message) bool {
	for _, name := range []protoreflect.Name{"member", "contact", "destination", "family", "aid_request"} {
		f := m.Descriptor().Fields().ByName(name)
		if f == nil || f.Message() == nil {
			continue
		}
		inner := m.Mutable(f).Message()
		if form := inner.Descriptor().Fields().ByName("bank_account"); form != nil {
			inner = inner.Mutable(form).Message()
		}
		for _, text := range []protoreflect.Name{"full_name", "address", "town"} {
			if t := inner.Descriptor().Fields().ByName(text); t != nil {
				inner.Set(t, protoreflect.ValueOfString("Another 12345"))
				return true
			}
		}
		if t := inner.Descriptor().Fields().ByName("country_code"); t != nil {
			inner.Set(t, protoreflect.ValueOfString("PL"))
			return true
		}
		inner.Set(inner.Descriptor().Fields().ByName("cycles"), protoreflect.ValueOfInt32(7))
		return true
	}
	if f := m.Descriptor().Fields().ByName("reason"); f != nil {
		m.Set(f, protoreflect.ValueOfEnum(1+m.Get(f).Enum()%2))
		return true
	}
	return false
}
