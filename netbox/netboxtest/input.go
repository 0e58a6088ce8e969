package netboxtest

import (
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones are checked on machines without a zone database too
	"unicode/utf8"
)

var (
	slugPattern = regexp.MustCompile(`^[-a-zA-Z0-9_]+$`)
	dnsName     = regexp.MustCompile(`^([0-9A-Za-z_-]+|\*)(\.[0-9A-Za-z_-]+)*\.?$`)
	wideSlug    = regexp.MustCompile(`^[-\p{L}\p{N}\p{M}_]+$`)
)

// read turns a written value into the stored one, or says what is wrong with it.
func (s *Server) read(f *field, v any) (any, []string) {
	switch f.kind {
	case kindText, kindSlug, kindZone:
		return readText(f, v)
	case kindChoice:
		return readChoice(f, v)
	case kindRef:
		return s.readRef(f, v)
	case kindRefs:
		return s.readRefs(f, v)
	case kindMAC:
		return readMACShortcut(v)
	case kindEnds:
		return s.readEnds(v)
	case kindInt:
		return readInt(f, v)
	case kindDecimal:
		return readDecimal(f, v)
	case kindBool:
		return readBool(f, v)
	case kindType, kindTypes:
		return s.readTypes(f, v)
	case kindJSON:
		if list, ok := v.([]any); ok && len(list) == 0 && f.name == "actions" {
			return nil, []string{"This list may not be empty."}
		}
		if _, ok := v.(object); !ok && v != nil && f.name == "local_context_data" {
			return nil, []string{`JSON data must be in object form. Example: {"foo": 123}`}
		}
	}
	return v, nil
}

func readText(f *field, v any) (any, []string) {
	var t string
	switch v := v.(type) {
	case nil:
		if f.null {
			return nil, nil
		}
		return nil, []string{textNull}
	case string:
		t = strings.TrimSpace(v)
	case number:
		t = string(v)
	default:
		return nil, []string{"Not a valid string."}
	}
	if t == "" && f.noBlank {
		return nil, []string{textBlank}
	}
	if f.kind == kindZone {
		return readZone(t)
	}
	var bad []string
	if strings.ContainsRune(t, 0) {
		bad = append(bad, "Null characters are not allowed.")
	}
	if f.max > 0 && utf8.RuneCountInString(t) > f.max {
		bad = append(bad, fmt.Sprintf("Ensure this field has no more than %d characters.", f.max))
	}
	if f.letters && !wideSlug.MatchString(t) { // the field and the model check it, each in its own words (4.7.3)
		const complaint = "consisting of Unicode letters, numbers, underscores, or hyphens."
		bad = append(bad, "Enter a valid “slug” "+complaint, `Enter a valid "slug" `+complaint)
	}
	if f.kind == kindSlug && !f.letters && !slugPattern.MatchString(t) {
		bad = append(bad, `Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.`)
	}
	if f.name == "dns_name" && t != "" && !dnsName.MatchString(t) {
		bad = append(bad, "Only alphanumeric characters, asterisks, hyphens, periods, and underscores are allowed in DNS names")
	}
	if p, err := netip.ParsePrefix(t); f.name == "prefix" && err == nil && p != p.Masked() {
		bad = append(bad, t+" is not a valid prefix. Did you mean "+p.Masked().String()+"?")
	}
	if f.name == "color" && !isColor(t) {
		bad = append(bad, "Enter a valid hexadecimal RGB color code.")
	}
	return t, bad
}

func readZone(t string) (any, []string) {
	if t == "" {
		return nil, []string{textBlank}
	}
	if _, err := time.LoadLocation(t); err != nil || t == "Local" {
		return nil, []string{"A valid timezone is required."}
	}
	return t, nil
}

func readChoice(f *field, v any) (any, []string) {
	switch v := v.(type) {
	case nil:
		if f.null && !f.noBlank {
			return nil, nil
		}
		return nil, []string{textBlank}
	case object, []any:
		return nil, []string{`Value must be passed directly (e.g. "foo": 123); do not use a dictionary or list.`}
	case string:
		if v == "" {
			if f.noBlank {
				return nil, []string{textBlank}
			}
			return nil, nil
		}
	}
	t := plain(v)
	for _, c := range f.choices {
		if c[0] == t {
			return c[0], nil
		}
	}
	return nil, []string{t + " is not a valid choice."}
}

func readInt(f *field, v any) (any, []string) {
	var n int64
	switch v := v.(type) {
	case nil:
		if f.null {
			return nil, nil
		}
		return nil, []string{textNull}
	case number:
		x, err := strconv.ParseFloat(string(v), 64)
		if err != nil || x != math.Trunc(x) || math.Abs(x) > 1<<53 {
			return nil, []string{"A valid integer is required."}
		}
		n = int64(x)
		if i, ok := v.integer(); ok {
			n = i
		}
	case string:
		i, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		if err != nil {
			return nil, []string{"A valid integer is required."}
		}
		n = i
	default:
		return nil, []string{"A valid integer is required."}
	}
	return n, bounds(f, float64(n), strconv.FormatFloat(f.lo, 'f', -1, 64), strconv.FormatFloat(f.hi, 'f', -1, 64))
}

func bounds(f *field, x float64, lo, hi string) []string {
	if f.hi != 0 && x > f.hi {
		return []string{"Ensure this value is less than or equal to " + hi + "."}
	}
	if x < f.lo {
		return []string{"Ensure this value is greater than or equal to " + lo + "."}
	}
	return nil
}

func readDecimal(f *field, v any) (any, []string) {
	var t string
	switch v := v.(type) {
	case nil:
		if f.null {
			return nil, nil
		}
		return nil, []string{textNull}
	case number:
		t = string(v)
	case string:
		if t = strings.TrimSpace(v); t == "" && f.null {
			return nil, nil
		}
	default:
		return nil, []string{"A valid number is required."}
	}
	x, err := strconv.ParseFloat(t, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(t, "xXpP_") {
		return nil, []string{"A valid number is required."}
	}
	if strings.ContainsAny(t, "eE") {
		t = strconv.FormatFloat(x, 'f', -1, 64)
	}
	whole, places, _ := strings.Cut(strings.TrimLeft(t, "+-"), ".")
	whole = strings.TrimLeft(whole, "0")
	switch {
	case f.digits > 0 && len(whole)+len(places) > f.digits:
		return nil, []string{fmt.Sprintf("Ensure that there are no more than %d digits in total.", f.digits)}
	case f.digits > 0 && len(places) > f.places:
		return nil, []string{fmt.Sprintf("Ensure that there are no more than %d decimal places.", f.places)}
	case f.digits > 0 && len(whole) > f.digits-f.places:
		return nil, []string{fmt.Sprintf("Ensure that there are no more than %d digits before the decimal point.", f.digits-f.places)}
	}
	if f.lo != 0 || f.name == "u_height" {
		lo := pythonFloat(f.lo)
		switch f.lo {
		case 0:
			lo = "0"
		case 0.01: // made a decimal from the binary number (seen on 4.7.3)
			lo = "0.01000000000000000020816681711721685132943093776702880859375"
		}
		if bad := bounds(f, x, lo, pythonFloat(f.hi)); bad != nil {
			return nil, bad
		}
	}
	return x, nil
}

func readBool(f *field, v any) (any, []string) {
	switch t := plain(v); {
	case v == nil:
		if f.null {
			return nil, nil
		}
		return nil, []string{textNull}
	default:
		switch strings.ToLower(t) {
		case "true", "t", "yes", "y", "on", "1":
			return true, nil
		case "false", "f", "no", "n", "off", "0":
			return false, nil
		}
	}
	return nil, []string{"Must be a valid boolean."}
}

func (s *Server) readTypes(f *field, v any) (any, []string) {
	if f.kind == kindType {
		if v == nil {
			return nil, nil
		}
		t, ok := v.(string)
		if !ok || !s.isModel(t) {
			return nil, []string{"Invalid content type: " + plain(v)}
		}
		return t, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, []string{fmt.Sprintf(`Expected a list of items but got type "%s".`, pythonType(v))}
	}
	out := []any{}
	for _, x := range list {
		t, _ := x.(string)
		if !strings.Contains(t, ".") {
			return nil, []string{"Invalid value. Specify a content type as '<app_label>.<model_name>'."}
		}
		if !s.isModel(t) {
			return nil, []string{"Invalid content type: " + t}
		}
		out = append(out, t)
	}
	return out, nil
}

// otherModels are types of NetBox that are not modelled here but may be named.
const otherModels = " dcim.cable dcim.consoleport dcim.inventoryitem dcim.macaddress dcim.module dcim.moduletype dcim.powerfeed dcim.powerpanel dcim.rackrole" +
	" dcim.virtualchassis tenancy.contact tenancy.contactgroup tenancy.contactrole ipam.prefix ipam.iprange ipam.aggregate ipam.asn ipam.service ipam.vlan ipam.vlangroup ipam.vrf" +
	" virtualization.cluster virtualization.clustergroup virtualization.clustertype virtualization.virtualmachine virtualization.vminterface circuits.circuit circuits.provider" +
	" extras.journalentry extras.webhook extras.eventrule extras.configcontext users.user users.group wireless.wirelesslan "

func (s *Server) isModel(name string) bool {
	return s.schema.byModel[name] != nil || name != "" && !strings.Contains(name, " ") && strings.Contains(otherModels, " "+name+" ")
}

// readPairs reads the choices of a set; what is wrong is told by index.
func readPairs(v any) (pairs any, wrong any) {
	list, ok := v.([]any)
	if !ok {
		return nil, []any{fmt.Sprintf(`Expected a list of items but got type "%s".`, pythonType(v))}
	}
	out := make([]any, 0, len(list))
	bad := object{}
	for i, x := range list {
		pair, ok := x.([]any)
		switch {
		case !ok:
			bad = append(bad, member{strconv.Itoa(i), []any{fmt.Sprintf(`Expected a list of items but got type "%s".`, pythonType(x))}})
		case len(pair) < 2:
			bad = append(bad, member{strconv.Itoa(i), []any{"Ensure this field has at least 2 elements."}})
		case len(pair) > 2:
			bad = append(bad, member{strconv.Itoa(i), []any{"Ensure this field has no more than 2 elements."}})
		default:
			out = append(out, []any{plain(pair[0]), plain(pair[1])})
		}
	}
	if len(bad) > 0 {
		return nil, bad
	}
	return out, nil
}

func pythonType(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case string:
		return "str"
	case []any:
		return "list"
	case object:
		return "dict"
	case number:
		if _, ok := v.integer(); ok {
			return "int"
		}
		return "float"
	}
	return "object"
}
