package netbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Provisioning is what an integration needs in a NetBox. What is left zero is
// not touched.
type Provisioning struct {
	// Tags to have, by name; a missing slug is made with Slug.
	Tags []TagWrite
	// ChoiceSet is the name of the set that CustomField selects from; it needs
	// Choices. Choices are added to the set and never taken out.
	ChoiceSet string
	Choices   []Choice
	// CustomField to have, by name. Type defaults to "select" where there are
	// choices. Object types are added to those it has: taking one away would
	// erase the values of its objects. A field that exists keeps the choice set
	// that it has, and that set gets the choices.
	CustomField CustomFieldWrite
	// Webhook to have, by name.
	Webhook WebhookWrite
	// EventRule to have, by name. Its action is set to the webhook; EventTypes
	// default to created, updated and deleted objects.
	EventRule EventRuleWrite
}

// ServiceNowProvisioning returns what the exchange with ServiceNow uses: the
// tags ServiceNowSyncTo and ServiceNowSyncFrom, the custom field
// servicenow_ci_class of devices with a choice for each class, and, where hook
// has a name, that webhook with a rule for changes of devices, device types,
// manufacturers, sites, regions, locations and tenants.
func ServiceNowProvisioning(classes []Choice, hook WebhookWrite) Provisioning {
	p := Provisioning{
		Tags: []TagWrite{
			{Name: Set("ServiceNowSyncTo"), Slug: Set("servicenowsyncto")},
			{Name: Set("ServiceNowSyncFrom"), Slug: Set("servicenowsyncfrom")},
		},
		ChoiceSet: "ServiceNow CI Classes", Choices: classes,
		CustomField: CustomFieldWrite{
			Name: Set("servicenow_ci_class"), Label: Set("ServiceNow CI Class"), ObjectTypes: Set([]string{"dcim.device"}),
		},
		Webhook: hook,
	}
	if name, ok := hook.Name.Get(); ok {
		p.EventRule = EventRuleWrite{Name: Set(name), ObjectTypes: Set([]string{"dcim.device", "dcim.devicetype", "dcim.manufacturer",
			"dcim.site", "dcim.region", "dcim.location", "tenancy.tenant"})}
	}
	return p
}

// Provisioned is what Provision found or made; zero where nothing was wanted.
type Provisioned struct {
	Tags        []Tag
	ChoiceSet   ChoiceSet
	CustomField CustomField
	Webhook     Webhook
	EventRule   EventRule
	// Written tells what was created or changed, for people; empty when all
	// was there already. It holds names of fields, no values.
	Written []string
}

// Provision makes sure that a NetBox of any release has what an integration
// needs, in this order: tags, choice set, custom field, webhook, event rule. It
// writes nothing where all is as wanted, so it may run at every start, and after
// a failure in any step it is repeated as a whole; what was done until then is
// returned together with the error.
func (c *Client) Provision(ctx context.Context, p Provisioning, opts ...CallOption) (Provisioned, error) {
	var done Provisioned
	if err := p.check(); err != nil {
		return done, fmt.Errorf("netbox: Provision: %w", err)
	}
	if c == nil || c.rest == nil {
		return done, errors.New("netbox: the client was not made by New")
	}
	for _, step := range []func() error{
		func() error { return c.provisionTags(ctx, p, &done, opts) },
		func() error { return c.provisionField(ctx, p, &done, opts) },
		func() error { return c.provisionHook(ctx, p, &done, opts) },
	} {
		if err := step(); err != nil {
			return done, err
		}
	}
	return done, nil
}

// check refuses what would fail half-way.
func (p *Provisioning) check() error {
	for i, tag := range p.Tags {
		if name, _ := tag.Name.Get(); name == "" {
			return fmt.Errorf("tag %d has no Name", i)
		}
	}
	field, _ := p.CustomField.Name.Get()
	types, _ := p.CustomField.ObjectTypes.Get()
	kind, _ := p.CustomField.Type.Get()
	switch {
	case (p.ChoiceSet == "") != (len(p.Choices) == 0):
		return errors.New("ChoiceSet and Choices belong together; give both or none")
	case p.CustomField.ChoiceSet.state != optUnset:
		return errors.New("CustomField.ChoiceSet is found by the name in ChoiceSet; leave it out")
	case field == "" && !p.CustomField.ObjectTypes.IsZero():
		return errors.New("CustomField has no Name")
	case field != "" && len(types) == 0:
		return errors.New(`CustomField has no ObjectTypes; give for example "dcim.device"`)
	case field != "" && len(p.Choices) == 0 && (kind == "" || kind == "select" || kind == "multiselect"):
		return errors.New("CustomField is a selection without ChoiceSet and Choices")
	}
	if len(p.Choices) > 0 {
		if err := checkChoices("Choices", p.Choices); err != nil {
			return err
		}
	}
	hook, _ := p.Webhook.Name.Get()
	url, _ := p.Webhook.PayloadURL.Get()
	rule, _ := p.EventRule.Name.Get()
	types, _ = p.EventRule.ObjectTypes.Get()
	switch {
	case (hook == "") != (url == ""):
		return errors.New("Webhook needs both Name and PayloadURL")
	case rule == "" && len(types) > 0:
		return errors.New("EventRule has no Name")
	case rule != "" && hook == "":
		return errors.New("EventRule calls the Webhook, which has no Name")
	case rule != "" && len(types) == 0:
		return errors.New(`EventRule has no ObjectTypes; give for example "dcim.device"`)
	}
	return nil
}

// note tells what an Upsert did.
func (p *Provisioned) note(kind, name string, did Upserted) {
	switch {
	case did.Created:
		p.Written = append(p.Written, fmt.Sprintf("%s %s: created", kind, name))
	case len(did.Changes) > 0:
		p.Written = append(p.Written, fmt.Sprintf("%s %s: changed %v", kind, name, did.Changes.Fields()))
	}
}

func (c *Client) provisionTags(ctx context.Context, p Provisioning, done *Provisioned, opts []CallOption) error {
	for _, want := range p.Tags {
		tag, did, err := c.Extras.Tags.Upsert(ctx, want, opts...)
		if err != nil {
			return err
		}
		done.Tags = append(done.Tags, tag)
		done.note("tag", tag.Name, did)
	}
	return nil
}

// provisionField makes the choice set and the custom field.
func (c *Client) provisionField(ctx context.Context, p Provisioning, done *Provisioned, opts []CallOption) error {
	name, wanted := p.CustomField.Name.Get()
	var field *CustomField
	if wanted {
		page, err := c.Extras.CustomFields.List(ctx, Query{Where: CustomFieldFilter{Name: Texts{name}}})
		if err != nil {
			return err
		}
		if len(page.Items) == 1 && page.Items[0].Name == name {
			field = &page.Items[0]
		}
	}
	if err := c.provisionChoices(ctx, p, field, done, opts); err != nil {
		return err
	}
	if !wanted {
		return nil
	}
	want := p.CustomField
	if want.Type.IsZero() {
		want.Type = Set("select")
	}
	if field == nil {
		if done.ChoiceSet.ID != 0 {
			want.ChoiceSet = Set(done.ChoiceSet.ID)
		}
	} else {
		if kind, _ := want.Type.Get(); field.Type.Value != kind {
			return fmt.Errorf("netbox: Provision: the custom field %s is of type %q and is wanted as %q, which NetBox cannot change; use another name or delete the field with its values", name, field.Type.Value, kind)
		}
		types, _ := want.ObjectTypes.Get()
		all := slices.Clone(field.ObjectTypes)
		for _, t := range types {
			if !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
		want.ObjectTypes = Set(all)
	}
	stored, did, err := c.Extras.CustomFields.Upsert(ctx, want, opts...)
	if err != nil {
		return err
	}
	done.CustomField = stored
	done.note("custom field", name, did)
	return nil
}

// provisionChoices makes sure of the choices: in the set that the field has, or
// in the one of the given name.
func (c *Client) provisionChoices(ctx context.Context, p Provisioning, field *CustomField, done *Provisioned, opts []CallOption) error {
	if p.ChoiceSet == "" {
		return nil
	}
	var id int64
	if field != nil && field.ChoiceSet != nil {
		id = field.ChoiceSet.ID
	} else {
		page, err := c.Extras.ChoiceSets.List(ctx, Query{Where: ChoiceSetFilter{Name: Texts{p.ChoiceSet}}})
		if err != nil {
			return err
		}
		if len(page.Items) == 1 {
			id = page.Items[0].ID
		}
	}
	if id == 0 {
		first := p.Choices[:min(choicesAtOnce, len(p.Choices))]
		set, did, err := c.Extras.ChoiceSets.Upsert(ctx, ChoiceSetWrite{Name: Set(p.ChoiceSet), ExtraChoices: Set(ChoicePairs(first))}, opts...)
		if err != nil {
			return err
		}
		id = set.ID
		done.ChoiceSet = set
		done.note("choice set", p.ChoiceSet, did)
	}
	set, added, err := c.RegisterChoices(ctx, id, p.Choices, opts...)
	if set.ID != 0 {
		done.ChoiceSet = set
	}
	if len(added) > 0 {
		done.Written = append(done.Written, fmt.Sprintf("choice set %s: added %v", set.Name, added))
	}
	return err
}

// provisionHook makes the webhook and its event rule.
func (c *Client) provisionHook(ctx context.Context, p Provisioning, done *Provisioned, opts []CallOption) error {
	if name, ok := p.Webhook.Name.Get(); ok {
		hook, did, err := c.Extras.Webhooks.Upsert(ctx, p.Webhook, opts...)
		if err != nil {
			return err
		}
		done.Webhook = hook
		done.note("webhook", name, did)
	}
	name, ok := p.EventRule.Name.Get()
	if !ok {
		return nil
	}
	want := p.EventRule
	want.ActionType, want.ActionObjectType, want.ActionObjectID = Set("webhook"), Set("extras.webhook"), Set(done.Webhook.ID)
	if want.EventTypes.IsZero() {
		want.EventTypes = Set([]string{RuleObjectCreated, RuleObjectUpdated, RuleObjectDeleted})
	}
	rule, did, err := c.Extras.EventRules.Upsert(ctx, want, opts...)
	if err != nil {
		return err
	}
	done.EventRule = rule
	done.note("event rule", name, did)
	return nil
}
