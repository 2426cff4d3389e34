"""Words that people write to a help page, and that vocabularies made from books and encyclopedias often lack.

They are words: spelling never changes them, and a slip may be mended to one.
"""

from __future__ import annotations

from typing import Final

_SHOPPING: Final = """
affordable backorder backordered bargain bargains bestseller bundle bundles cancelable cancellable
cancelation cancellation cancellations cashback catalogue checkout clearance cosmetics coupon coupons
courier couriers customise customize customizable damaged dealer delivered deliveries dispatch dispatched
dropship dropshipper dropshipping earphones exchangeable expiry fabric faulty fittings footwear freebie
freebies gadget gadgets giftcard groceries haul headphones instalment instalments installment installments
inventory jeans leggings letterbox loyalty mailbox makeup mattress mattresses membership memberships
merchandise misplaced mispriced newsletter newsletters nonrefundable outlet overcharge overcharged parcel
parcels pickup pickups postage postcode postcodes postpone preorder preordered preorders prepaid prepay
pricing promo promos promotional purchaser pyjamas reactivate rebate rebates reimburse reimbursed
reimbursement reimbursements reorder reordered reorders replaceable resale reschedule rescheduled resell
reseller resellers restock restocked retailer retailers returnable returns refund refundable refunded
refunding refunds seller sellers shipment shipments shipper showroom shopper shoppers signup sizing sneakers
sofa sofas spares stockist stockists storefront supplier suppliers surcharge surcharges tailor trackable
tracker trousers trustworthy unavailable undamaged undelivered unopened unpaid unsold unwanted unwrap unused
upsell voucher vouchers wardrobe warranties warranty waterproof wholesale wholesaler wholesalers wishlist
workwear wrapping xmas
"""
_MONEY: Final = """
accrued autopay bankrupt bankruptcy beneficiary biller billing bitcoin cardholder cashier chargeback
chargebacks chequebook cheque cheques contactless crypto cryptocurrency debit debited debits deductible
deduction deductions deposited direct ebay etransfer fees gpay iban insured insurer invoice invoiced
invoices invoicing klarna lender lenders mastercard mortgage mortgages overdraft overdrawn overdue overpaid
overpayment paypal payable payee payees payout payouts payroll payslip payslips paystub prepayment receipt
receipts remittance savings statement statements subtotal taxable topup transact transacted transfers
underpaid unbilled visa wallet wallets withdraw withdrawal withdrawals
"""
_COMPUTERS: Final = """
adware android antivirus app apps attachment attachments authenticate authenticator autocomplete autofill
avatar backend backup backups barcode barcodes blog bluetooth bookmark bookmarks broadband browser browsers
captcha chatbot chrome clickable clipboard config configure cookie cookies copy crashing dashboard
dashboards deactivate deactivated deactivating decrypt delete deleted deletes deleting deletion desktop
desktops disable disabled docs download downloadable downloaded downloading downloads dropdown email emailed
emailing emails emoji emojis encrypt encrypted facebook faq faqs faxed favicon firefox firewall firmware
freeze frozen github gmail google hacked hacker hackers hashtag helpdesk homepage hotmail hotspot hyperlink
hyperlinks icloud inbox info insta instagram install installed installing intuitive iphone ipad javascript
keyboard keyboards laptop laptops linkedin login logins logo logout logon lookup mailing malware menu
messenger metadata microsoft misconfigured modem mute muted navbar netflix notification notifications notify
offline online onboarding outage outages outlook paperless passcode passcodes password passwords paste
permalink phishing plugin plugins popup popups printer printers privacy profile profiles ransomware reboot
rebooting reconnect reinstall reload reopen resend resent reset resets resetting resize retweet retype
reupload router routers scam scammed scammer scammers scams screenshot screenshots scroll scrolling selfie
settings shortcut shortcuts signin skype smartphone smartphones snapchat spam spammer spammers spreadsheet
spreadsheets spyware startup streaming submenu subscribe subscribed subscriber subscription subscriptions
suspend suspended sync synced syncing tablet tagged taskbar telegram tethering thumbnail tiktok timeline
timeout toggle toolbar touchscreen troubleshoot troubleshooting tweak tweet tweets typo typos unblock
uncheck underline undo unfollow unfriend uninstall unlink unlock unlocked unlocking unmute unread
unsubscribe unsubscribed untick upgrade upgraded upgrades upgrading upload uploaded uploader uploading
uploads url urls username usernames verification verifying viber voicemail watermark watermarks webcam
webinar webpage webpages website websites whatsapp whitelist widget widgets wifi wiki wikipedia wireless
wordpress workaround workspace youtube zip zipped zoom
"""
_HOME_AND_HEALTH: Final = """
allergen allergens allergic allergies allergy antibacterial antibiotics appliance appliances armchair asthma
babysit babysitter bathroom bedding bedroom bespoke blender blenders breastfeed breastfeeding broccoli
burner cappuccino carpool checkup childcare commute commuter contagious cooker coronavirus covid cushion
cushions cutlery dental dentist detergent diabetes diabetic dishwasher diy doable doctor doormat doorstep
duvet duvets dryer eczema fibre flatmate flu freezer fridge fridges gluten gym haircut handbag handwash
headache headlamp heater homeschool hotline hygiene incontinence insulation ironing itchy jab jumper kettle
laundry lockdown lockdowns longterm masks microwave mould mouldy nappies nappy nausea ointment organic oven
parking pacemaker pandemic paracetamol plumber plumbing polyester prescription prescriptions quarantine
recyclable recycle recycled recycling rinse roommate rug rugs sanitise sanitize sanitiser sanitizer sauna
scratch scratched scratches shampoo sharpen shrink shrunk sneeze sneezing sniffle socks sofabed stain
stained stains stapler stroller symptom symptoms toaster toddler toddlers toothbrush toothpaste towel towels
treadmill tumble unwell vaccinate vaccinated vaccination vaccine vaccines vegan vegans vegetarian ventilator
vitamin vitamins washable washer wellbeing wheelchair wipes
"""
_TRAVEL_AND_WORK: Final = """
apprentice apprenticeship appointment appointments babies backpack backpacks booking bookings cabin campsite
carer carers checklist coach concierge coworker coworkers cv daycare deadline deadlines diploma disability
eligibility eligible enrol enroll enrolled enrolment enrollment eta excursion feedback flyer flyers
freelance freelancer hostel internship intern interns itinerary jetlag landlord layover luggage motel onsite
overbooked overtime pensioner photocopy recruiter refresher relocate relocating reservation reservations
reserve resume roadside scooter scooters seatbelt semester shuttle signage sightseeing stopover subsidy
suitcase suitcases syllabus takeaway tenancy tenant ticketing timesheet timeslot timetable timezone trainee
transcript tuition tutor tutorial tutorials unemployment vacancies vacancy visas volunteer walkthrough
weekday weekdays workday workplace workshop workshops
"""
_EVERYDAY: Final = """
accessible accidentally actually annoyed annoying anymore anyways awesome awful asap adjust adjustable
afterwards amend amended apologies arrived assist bloody botched cancel cancelled canceled canceling
cancelling clarify compatible complain complained complaining complaint complaints confused confusing
constrain constraint crappy customer customers dear despise dodgy elsewhere escalate ergonomic forgot
forgotten forgetting frustrated frustrating fyi glitch glitches glitchy gonna gotta guys happening hello
hereby hiya hooray hopefully idk inconvenience incorrect incorrectly insufficient kindly lemme likewise
lousy maybe mistake mistakenly misspelled mixup notifies nope oops omit pics please pls plz pointless refuse
rewrite ridiculous rude rubbish shortly slow sluggish sorry stuff sucks thanks thankyou thx tick ticked
twice unable unacceptable unanswered unclear unhappy unhelpful unsure unusable useless wanna weird whilst
whoever whom whoops wonky workable wrongly yeah yep yonks yours arent cant couldnt didnt doesnt dont hadnt
hasnt havent hows isnt shouldnt thats theres theyre wasnt werent whats wheres whos wont wouldnt yall youre
youve
"""
EVERYDAY_WORDS: Final = tuple(
    dict.fromkeys(
        " ".join((_SHOPPING, _MONEY, _COMPUTERS, _HOME_AND_HEALTH, _TRAVEL_AND_WORK, _EVERYDAY)).split()
    )
)
"""Folded, in no order of frequency."""
