package servicenow_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
)

func TestConditionEncoding(t *testing.T) {
	at := time.Date(2026, 3, 12, 9, 30, 0, 0, time.FixedZone("", 3600))
	eq := servicenow.Eq
	tests := []struct {
		name string
		cond servicenow.Condition
		want string
	}{
		{"none", servicenow.Condition{}, ""},
		{"equal", eq("name", "web"), "name=web"},
		{"equal bool", eq("active", true), "active=true"},
		{"equal int", eq("priority", 3), "priority=3"},
		{"equal float", eq("cost", 1.25), "cost=1.25"},
		{"equal time", eq("opened_at", at), "opened_at=2026-03-12 08:30:00"},
		{"equal date", eq("due", servicenow.Date{Year: 2026, Month: 3, Day: 1}), "due=2026-03-01"},
		{"equal duration", eq("business_duration", 137*time.Second), "business_duration=1970-01-01 00:02:17"},
		{"equal reference", eq("caller_id", servicenow.Ref{ID: "abc", Display: "Abel"}), "caller_id=abc"},
		{"equal nothing", eq("caller_id", nil), "caller_idISEMPTY"},
		{"equal empty", eq("caller_id", ""), "caller_idISEMPTY"},
		{"differs from nothing", servicenow.NotEq("caller_id", ""), "caller_idISNOTEMPTY"},
		{"script", eq("assigned_to", servicenow.Script("gs.getUserID()")), "assigned_to=javascript:gs.getUserID()"},
		{"caret", eq("name", "a^b^"), "name=a^^b^^"},
		{"leading equals sign", eq("name", "=x"), "nameIN=x"},
		{"not equal", servicenow.NotEq("state", 7), "state!=7"},
		{"less", servicenow.Less("priority", 3), "priority<3"},
		{"at most", servicenow.LessEq("priority", 3), "priority<=3"},
		{"more", servicenow.Greater("priority", 3), "priority>3"},
		{"at least", servicenow.GreaterEq("sys_updated_on", at), "sys_updated_on>=2026-03-12 08:30:00"},
		{"starts", servicenow.StartsWith("name", "web"), "nameSTARTSWITHweb"},
		{"ends", servicenow.EndsWith("name", "01"), "nameENDSWITH01"},
		{"contains", servicenow.Contains("name", "eb"), "nameLIKEeb"},
		{"lacks", servicenow.NotContains("name", "eb"), "nameNOT LIKEeb"},
		{"empty", servicenow.IsEmpty("name"), "nameISEMPTY"},
		{"not empty", servicenow.IsNotEmpty("name"), "nameISNOTEMPTY"},
		{"anything", servicenow.Anything("name"), "nameANYTHING"},
		{"empty string", servicenow.IsEmptyString("name"), "nameEMPTYSTRING"},
		{"same", servicenow.SameAs("opened_by", "caller_id"), "opened_bySAMEAScaller_id"},
		{"not same", servicenow.NotSameAs("opened_by", "caller_id"), "opened_byNSAMEAScaller_id"},
		{"field above", servicenow.GreaterThanField("impact", "urgency"), "impactGT_FIELDurgency"},
		{"field below", servicenow.LessThanField("impact", "urgency"), "impactLT_FIELDurgency"},
		{"field at least", servicenow.GreaterEqField("impact", "urgency"), "impactGT_OR_EQUALS_FIELDurgency"},
		{"field at most", servicenow.LessEqField("impact", "urgency"), "impactLT_OR_EQUALS_FIELDurgency"},
		{"class", servicenow.InstanceOf("sys_class_name", "cmdb_ci_server"), "sys_class_nameINSTANCEOFcmdb_ci_server"},
		{"dynamic", servicenow.Dynamic("assigned_to", "90d1"), "assigned_toDYNAMIC90d1"},
		{"hierarchy", servicenow.InHierarchy("location", "abc"), "locationIN_HIERARCHYabc"},
		{"dynamic hierarchy", servicenow.InHierarchyDynamic("location", "abc"), "locationIN_HIERARCHY_DYNAMICabc"},
		{"words", servicenow.TextSearch("mail server"), "123TEXTQUERY321=mail server"},
		{"dot-walk", eq("caller_id.department.name", "IT"), "caller_id.department.name=IT"},
		{"list", servicenow.In("state", 1, 2, 3), "stateIN1,2,3"},
		{"list with a comma", servicenow.In("name", "a", "b,c", "d", ""), "nameINa,d^ORname=b,c^ORnameISEMPTY"},
		{"list of one comma", servicenow.In("name", "b,c"), "name=b,c"},
		{"list value like an operator", servicenow.In("name", "STANCEOFx", "_HIERARCHYy"), "name=STANCEOFx^ORname=_HIERARCHYy"},
		{"not in", servicenow.NotIn("name", "a", "b,c"), "nameNOT INa^name!=b,c"},
		{"between", servicenow.Between("priority", 2, 4), "priorityBETWEEN2@4"},
		{"between with the separator", servicenow.Between("email", "a@x", "b@x"), "email>=a@x^email<=b@x"},
		{"between times", servicenow.Between("opened_at", at, at.Add(time.Hour)), "opened_at>=2026-03-12 08:30:00^opened_at<=2026-03-12 09:30:00"},
		{"and", servicenow.And(eq("a", 1), servicenow.Condition{}, eq("b", 2)), "a=1^b=2"},
		{"or", servicenow.Or(eq("a", 1), eq("b", 2)), "a=1^ORb=2"},
		{"and of ors", servicenow.And(servicenow.Or(eq("a", 1), eq("a", 2)), servicenow.Or(eq("b", 1), eq("b", 2))), "a=1^ORa=2^b=1^ORb=2"},
		{"or of ands", servicenow.Or(servicenow.And(eq("a", 1), eq("b", 2)), eq("c", 3), eq("d", 4)), "c=3^ORd=4^NQa=1^b=2"},
		{"and over alternatives", servicenow.And(servicenow.AnyOf(eq("a", 1), eq("b", 2)), eq("c", 3)), "a=1^c=3^NQb=2^c=3"},
		{"raw", servicenow.Raw("active=true^ORpriority=1^NQstate=2^EQ"), "active=true^ORpriority=1^NQstate=2"},
		{"raw with order", servicenow.Raw("active=true^ORDERBYDESCopened_at^ORDERBYnumber"), "active=true"},
		{"raw keeps literal carets", servicenow.Raw("name=a^^NQb^ORname=c"), "name=a^^NQb^ORname=c"},
		{"raw join", servicenow.And(servicenow.Raw("RLQUERYtask.parent,>=1^active=true^ENDRLQUERY^a=1"), eq("b", 2)), "RLQUERYtask.parent,>=1^active=true^ENDRLQUERY^a=1^b=2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.cond.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("encoded\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestConditionMistakes(t *testing.T) {
	var none []string
	tests := []struct {
		name string
		cond servicenow.Condition
		says string
	}{
		{"empty field", servicenow.Eq("", 1), "field name"},
		{"field with an operator", servicenow.Eq("aIN", 1), "field name"},
		{"field with a caret", servicenow.IsEmpty("a^b"), "field name"},
		{"field that ends in a point", servicenow.IsEmpty("a."), "field name"},
		{"other field", servicenow.SameAs("a", "b=c"), `"b=c"`},
		{"line break", servicenow.Eq("a", "x\ny"), "line break"},
		{"carriage return", servicenow.StartsWith("a", "x\r"), "line break"},
		{"line separator", servicenow.Eq("a", "x\u2028"), "line break"},
		{"script by accident", servicenow.Eq("a", " JavaScript:gs.print()"), "javascript:"},
		{"script in a list", servicenow.In("a", "b", "javascript:x"), "javascript:"},
		{"script with a caret", servicenow.Eq("a", servicenow.Script("x^y")), "Script"},
		{"invalid text", servicenow.Eq("a", "\xff"), "UTF-8"},
		{"type", servicenow.Eq("a", []int{1}), "[]int"},
		{"not a number", servicenow.Eq("a", math.NaN()), "NaN"},
		{"empty list", servicenow.In("a", none...), "at least one value"},
		{"empty not-in list", servicenow.NotIn("a", none...), "at least one value"},
		{"empty prefix", servicenow.StartsWith("a", ""), "needs a value"},
		{"empty bound", servicenow.Between("a", "", 3), "two values"},
		{"empty search", servicenow.TextSearch(""), "word"},
		{"value that makes another operator", servicenow.Less("a", "=5"), "<="},
		{"equals sign and comma", servicenow.Eq("a", "=b,c"), "="},
		{"or without", servicenow.Or(), "at least one"},
		{"or with everything", servicenow.Or(servicenow.Eq("a", 1), servicenow.Condition{}), "every row"},
		{"any of everything", servicenow.AnyOf(servicenow.Condition{}), "every row"},
		{"raw line break", servicenow.Raw("a=1\n"), "line breaks"},
		{"raw group", servicenow.Raw("a=1^GROUPBYb"), "GROUPBY"},
		{"kept through And", servicenow.And(servicenow.Eq("a", 1), servicenow.Eq("", 1)), "field name"},
		{"kept through Or", servicenow.Or(servicenow.Eq("a", 1), servicenow.Eq("", 1)), "field name"},
		{"fraction of a second", servicenow.Eq("a", time.Millisecond), "whole seconds"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text, err := test.cond.Encode()
			if err == nil {
				t.Fatalf("encoded to %q without an error", text)
			}
			if !strings.HasPrefix(err.Error(), "servicenow: ") || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %q does not say %q", err, test.says)
			}
		})
	}
}

func TestConditionTooManyBranches(t *testing.T) {
	any3 := servicenow.AnyOf(servicenow.Eq("a", 1), servicenow.Eq("b", 2), servicenow.Eq("c", 3))
	c := servicenow.And(any3, any3, any3, any3)
	if _, err := c.Encode(); err == nil || !strings.Contains(err.Error(), "simplify") {
		t.Errorf("81 branches: error %v", err)
	}
}
