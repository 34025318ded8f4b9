package stripefake

import "time"

// eventLife is how long Stripe shows events.
const eventLife = 30 * 24 * time.Hour

// listEvents lists the events of the last 30 days.
func (s *Server) listEvents(c call) (object, *apiError) {
	created := object{}.set(c.params.sub("created"))
	oldest := s.now() - int64(eventLife/time.Second)
	if _, exact := c.params["created"].(map[string]any); exact || c.params.number("created") == 0 {
		created["gte"] = max(oldest, created.number("gte"))
		c.params = object{}.set(c.params).set(object{"created": map[string]any(created)})
	}
	return listing("event", "/v1/events", "type")(s, c)
}

// getEvent returns an event of the last 30 days.
func (s *Server) getEvent(c call) (object, *apiError) {
	e, refused := s.find("event", c.id)
	if refused == nil && e.number("created") < s.now()-int64(eventLife/time.Second) {
		return nil, missing("event", c.id)
	}
	return e, refused
}
