"""Messages of Django and of its sign-in that our pages can show, marked so that our catalogues keep them.

Django 5.2 speaks no Haitian Creole and its sign-in (allauth) no plain Portuguese, and whoever leaves a field empty
must not be answered in English.
"""

from django.utils.translation import gettext_noop as also
from django.utils.translation import ngettext_lazy

FIELDS = (
    also("This field is required."),
    also("Enter a valid value."),
    also("Enter a valid email address."),
    also("Enter a whole number."),
    also("Enter a number."),
    also("Enter a valid integer."),
    also("Enter a valid date."),
    also("Enter a valid time."),
    also("Enter a complete value."),
    also("Enter a list of values."),
    also("Null characters are not allowed."),
    also("Ensure this value is less than or equal to %(limit_value)s."),
    also("Ensure this value is greater than or equal to %(limit_value)s."),
    ngettext_lazy(
        "Ensure this value has at least %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at least %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    also("Select a valid choice. %(value)s is not one of the available choices."),
    also("Select a valid choice. That choice is not one of the available choices."),
    also("“%(pk)s” is not a valid value."),
    also("(Hidden field %(name)s) %(error)s"),
    also(
        "ManagementForm data is missing or has been tampered with. Missing fields: %(field_names)s. You may need to"
        " file a bug report if the issue persists."
    ),
    ngettext_lazy("Please submit at most %(num)d form.", "Please submit at most %(num)d forms.", "num"),
    ngettext_lazy("Please submit at least %(num)d form.", "Please submit at least %(num)d forms.", "num"),
    also("and"),
    also("or"),
)
ACCOUNTS = (
    also("Password"),
    also("The two password fields didn’t match."),
    also("This account is inactive."),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    also("This password is too common."),
    also("Your password can’t be a commonly used password."),
)
SIGN_IN = (
    also("Username"),
    also("Current Password"),
    also("New Password"),
    also("New Password (again)"),
    also("Forgot your password?"),
    also("Forgot Password?"),
    also("Change Password"),
    also("Code"),
    also("Authenticator code"),
    also("Account Inactive"),
    also("This account is currently inactive."),
    also("The username and/or password you specified are not correct."),
    also("Please type your current password."),
    also("You must type the same password each time."),
    also("Incorrect password."),
    also("Incorrect code."),
    also("Too many failed login attempts. Try again later."),
    also("You cannot deactivate two-factor authentication."),
    also("Successfully signed in as %(name)s."),
    also("You have signed out."),
    also("Password successfully changed."),
    also("Authenticator app activated."),
    also("Authenticator app deactivated."),
    also("A new set of recovery codes has been generated."),
    also("Save them  in a secure location now — they won't be shown again."),
)
MONTHS = (
    also("January"),
    also("February"),
    also("March"),
    also("April"),
    also("May"),
    also("June"),
    also("July"),
    also("August"),
    also("September"),
    also("October"),
    also("November"),
    also("December"),
)
