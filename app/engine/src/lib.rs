//! Sessions, plans, execution and reports of auricle, without a screen or a sound card.
