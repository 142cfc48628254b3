//! Changes lead from one configuration to another; roles say who sends and signs.

use super::*;
use crate::model::posture::Signing;
use crate::model::role::Role;

#[test]
fn a_change_leads_from_one_configuration_to_the_other() {
    let from = Config::new(Signing::HmacSha256);
    let to = Config {
        keys: vec![Key::named("k1")],
        active: Some("k1".to_owned()),
        url: Scheme::Rediss,
        ..from.clone()
    };
    let change = Change::between(&from, &to);
    assert_eq!(change.applied_to(&from), to);
    assert_eq!(change.first_missing(&to), None);
    assert_eq!(change.first_missing(&from), Some(Field::Keys));
    assert_eq!(change.signing, None);
    assert!(Change::between(&to, &to).is_empty());
}

#[test]
fn what_two_changes_have_in_common_and_the_rest_are_the_change_again() {
    let config = Config::new(Signing::None);
    let one = Change {
        url: Some(Scheme::Rediss),
        insecure: Some(true),
        ..Change::default()
    };
    let other = Change {
        url: Some(Scheme::Rediss),
        insecure: Some(false),
        ..Change::default()
    };
    let common = one.common(&other);
    assert_eq!(common.url, Some(Scheme::Rediss));
    assert_eq!(common.insecure, None);
    let rest = one.clone().without(&common);
    assert_eq!(
        rest.or(&common).applied_to(&config),
        one.applied_to(&config)
    );
}

#[test]
fn a_dashboard_is_a_source_unless_it_is_said_not_to_enqueue() {
    let mut dashboard = Component::new("d", &[Role::Dashboard]);
    assert!(dashboard.is_source() && dashboard.may_not_send());
    dashboard.enqueues = Some(false);
    assert!(!dashboard.is_source());
    let mut both = Component::new("w", &[Role::Worker, Role::Producer]);
    assert!(both.is_source());
    both.enqueues = Some(false);
    assert!(!both.is_source() && both.signs());
    let mut worker = Component::new("w", &[Role::Worker]);
    assert!(!worker.is_source());
    worker.enqueues = Some(true);
    assert!(worker.is_source());
}
